import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { graftClient } from './client.js';
import { labelPicture, writePicturesZip } from './testing/pictures-zip.js';
import { startServer, type TestServer } from './testing/server.js';

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-relative-'));
  server = await startServer({ data: relative(process.cwd(), join(folder, 'data')) });
});
afterAll(async () => {
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});

it('trains and predicts with a data directory that is named relative to where the server started', async () => {
  const graft = graftClient(server.url);
  await writePicturesZip(join(folder, 'photos.zip'));
  const file = await graft.upload('photos.zip', new Blob([await readFile(join(folder, 'photos.zip'))]));
  const wishes = { model: 'iconnet', training_file: file.id, hyperparameters: { n_epochs: 2 } };
  const job = await graft.finished((await graft.fineTune(wishes)).id);
  expect(job.error).toBeNull();
  const again = await graft.finished(
    (await graft.fineTune({ ...wishes, model: job.fine_tuned_model as string })).id,
  );
  expect(again.status).toBe('succeeded');
  const picture = new Blob([await labelPicture('day', 5)]);
  expect(await graft.predict(again.fine_tuned_model as string, picture)).toHaveProperty(
    'predictions.length',
    2,
  );
});
