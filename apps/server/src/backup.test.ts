import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { backup } from './backup.js';
import { restore } from './backup-restore.js';
import { tempFolder } from './stores/testing/temp-folder.js';
import { call, fileForm, fillTenant, table } from './testing/fill-tenant.js';
import { startServer } from './testing/server.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const flags = ['--jobs', '0', '--backend', 'cpu'];

async function filledServer() {
  const server = await startServer({ flags });
  onTestFinished(() => server.remove());
  const made = await call(server.url, null, '/api/keys', { json: { name: 'a', scopes: ['admin'] } });
  const { key } = (await made.json()) as { key: string };
  return { server, key, ids: await fillTenant(server.url, key) };
}

test('a copy of a running server has all that was answered before, and works', async () => {
  const { server, key, ids } = await filledServer();
  const folder = await tempFolder();
  const out = join(folder, 'copy.zip');

  // Others go on to write and to remove meanwhile.
  let stop = false;
  const traffic = (async () => {
    for (let i = 0; !stop; i++) {
      const body = fileForm(`${table}${i % 2},1,x\n`);
      const posted = await call(server.url, key, '/v1/files', { method: 'POST', body, status: 200 });
      const { id } = (await posted.json()) as { id: string };
      await call(server.url, key, `/v1/files/${id}`, { method: 'DELETE', status: 200 });
    }
  })();
  await run(process.execPath, [program, 'backup', '--data', server.data, '--out', out]);
  stop = true;
  await traffic;

  const data = join(folder, 'restored');
  await run(process.execPath, [program, 'restore', '--from', out, '--data', data]);
  const copy = await startServer({ data, flags });
  onTestFinished(() => copy.remove());
  for (const path of [
    `/v1/files/${ids.file}/content`,
    `/api/models/${ids.model}/download`,
    `/v1/fine_tuning/jobs/${ids.job}`,
    `/api/aliases/${ids.alias}`,
  ]) {
    const read = async ({ url }: { url: string }) =>
      Buffer.from(await (await call(url, key, path, { status: 200 })).arrayBuffer());
    expect(await read(copy), path).toEqual(await read(server));
  }
});

test('a copy into a folder restores to the same rows and bytes', async () => {
  const { server } = await filledServer();
  const folder = await tempFolder();
  const [out, data] = [join(folder, 'copy'), join(folder, 'restored')];
  const made = await backup(server.data, out);
  expect(await restore(out, data)).toEqual(made);
  expect(await readdir(data)).toEqual(['blobs', 'records.db']);
  for (const { name } of made.files)
    expect(await readFile(join(data, name)), name).toEqual(await readFile(join(out, name)));
  expect((await stat(data)).mode & 0o077).toBe(0); // nobody else may read it
});

test('nothing is overwritten, and half a backup is none', async () => {
  const { server } = await filledServer();
  const folder = await tempFolder();
  const out = join(folder, 'copy');
  const { files } = await backup(server.data, out);
  await expect(backup(server.data, out)).rejects.toThrow('Expected a name that is free');
  await expect(backup(join(folder, 'none'), join(folder, 'x'))).rejects.toThrow('Expected a data directory');
  await expect(restore(out, server.data)).rejects.toThrow('Expected an empty directory');

  const blob = files.find(({ name }) => name.startsWith('blobs/files/'))?.name ?? '';
  await chmod(join(out, blob), 0o600);
  await writeFile(join(out, blob), 'rot');
  const data = join(folder, 'restored');
  await mkdir(data);
  await expect(restore(out, data)).rejects.toThrow('with the SHA-256');
  expect(await readdir(data)).toEqual([]);

  const manifest = JSON.parse(await readFile(join(out, 'backup.json'), 'utf8'));
  manifest.files.push({ name: 'blobs/../../escaped', bytes: 1, sha256: 'a'.repeat(64) });
  await writeFile(join(out, 'backup.json'), JSON.stringify(manifest));
  await expect(restore(out, data)).rejects.toMatchObject({ code: 'data/backup' });
  expect(await readdir(folder)).toEqual(['copy', 'restored']);
});
