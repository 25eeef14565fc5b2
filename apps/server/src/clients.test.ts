import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraftClientError, graftClient } from './client.js';
import { labelPicture, writePicturesZip } from './testing/pictures-zip.js';
import { startServer, type TestServer } from './testing/server.js';

const run = promisify(execFile);
const python = process.env.GRAFT_PYTHON;
const script = (name: string) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url));

let server: TestServer;
let photos: string;
beforeAll(async () => {
  server = await startServer({ flags: ['--backend', 'cpu'] });
  photos = join(server.data, 'photos.zip');
  await writePicturesZip(photos);
});
afterAll(() => server.remove());

describe('our client', () => {
  it('uploads, fine-tunes, follows and predicts', async () => {
    const graft = graftClient(server.url);
    const file = await graft.upload('photos.zip', new Blob([await readFile(photos)]));
    const created = await graft.fineTune({
      model: 'iconnet',
      training_file: file.id,
      hyperparameters: { n_epochs: 20 },
    });
    const types = [];
    for await (const { data } of graft.events(created.id)) types.push(data.type);
    expect(types.slice(0, 2)).toEqual(['queued', 'running']);
    expect(types.at(-1)).toBe('succeeded');
    expect(types.filter((type) => type === 'epoch')).toHaveLength(20);
    const job = await graft.job(created.id);
    expect(job.result?.freeze).toMatchObject({ trained: 2, failed: 0, unmoved: 0 });
    const picture = new Blob([await labelPicture('night', 99)], { type: 'image/png' });
    const answer = await graft.predict(job.fine_tuned_model as string, picture, { top: 1 });
    expect(answer).toMatchObject({ predictions: [{ label: 'night' }] });
  });

  it('says what the server said', async () => {
    const wrong = graftClient(server.url).job('ftjob-none');
    await expect(wrong).rejects.toThrow(GraftClientError);
    await expect(wrong).rejects.toMatchObject({ status: 404, code: 'not-found' });
  });

  it('asks for nothing that the OpenAPI document does not know', async () => {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: object };
    const text = await readFile(fileURLToPath(new URL('./client.ts', import.meta.url)), 'utf8');
    const paths = [...text.matchAll(/['`](\/(?:v1|api)\/[^'`?]*)/g)].map(([, path]) =>
      (path as string).replace(/\$\{query\}$/, '').replace(/\$\{(\w+)\}/g, '{}'),
    );
    const known = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/g, '{}'));
    expect(paths.length).toBeGreaterThan(5);
    expect(known).toEqual(expect.arrayContaining(paths));
  });
});

const withPython = python === undefined ? it.skip : it;

describe('clients from PyPI, unmodified (skipped without GRAFT_PYTHON)', () => {
  withPython("openai's client: files and jobs", async () => {
    const { stdout } = await run(python as string, [script('openai_client.py'), server.url, photos]);
    expect(JSON.parse(stdout)).toMatchObject({ model: expect.stringMatching(/^from-python-/) });
  });

  withPython(
    'schemathesis: no 5xx, all answers as described',
    async () => {
      const schemathesis = join(dirname(python as string), 'schemathesis');
      const checks =
        'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';
      const options = [
        '--checks',
        checks,
        '--max-examples',
        '15',
        '--seed',
        '1',
        '--request-timeout',
        '20',
        '--no-color',
      ];
      const skipped = ['--exclude-path-regex', 'events$'];
      const result = await run(schemathesis, ['run', `${server.url}/openapi.json`, ...options, ...skipped], {
        cwd: server.data,
        timeout: 400_000,
        maxBuffer: 2 ** 26,
      }).catch((error) => error);
      expect(result.code ?? 0, `${result.stdout}`.slice(-6000)).toBe(0);
    },
    420_000,
  );
});
