import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStores, optionalPart } from './open-stores.js';
import { localFile, text } from './testing/blobs-contract.js';
import { postgresPrograms, startPostgres } from './testing/postgres.js';
import { create, keyOf } from './testing/row-changes.js';
import { motoServer, setTestCredentials, startS3 } from './testing/s3.js';
import { tempFolder } from './testing/temp-folder.js';

test('everything is kept below one directory, which goes to one server', async () => {
  const data = join(await tempFolder(), 'new', 'data');
  const first = await openStores({ data });
  await first.records.commit([create(keyOf('file', 'x'))]);
  await first.blobs.put('files/x', await localFile('content'));
  await expect(openStores({ data })).rejects.toMatchObject({ code: 'usage/data-in-use' });
  await first.close();

  const second = await openStores({ data });
  expect(await second.records.get(keyOf('file', 'x'))).not.toBeNull();
  expect(await text(await second.blobs.read('files/x'))).toBe('content');
  await second.close();
  await second.close(); // twice is no error
});

test('a store that does not open gives the directory back', async () => {
  const data = await tempFolder();
  setTestCredentials();
  const bucket = { bucket: 'none', endpoint: 'http://127.0.0.1:1', pathStyle: true };
  await expect(openStores({ data, bucket })).rejects.toThrow('the bucket');
  await expect(openStores({ data, bucket: 'none' })).rejects.toMatchObject({ code: 'usage/bucket' });
  await (await openStores({ data })).close();
});

test('a package that is missing is named', async () => {
  const missing = "Cannot find package 'pg' imported from /somewhere";
  const load = () => Promise.reject(Object.assign(new Error(missing), { code: 'ERR_MODULE_NOT_FOUND' }));
  await expect(optionalPart('pg', load)).rejects.toMatchObject({
    code: 'usage/package-missing',
    details: { package: 'pg' },
  });
  await expect(optionalPart('other', load)).rejects.toThrow(missing); // a fault of ours, not of who installed us
});

const both = postgresPrograms && motoServer;
describe.skipIf(!both)(both ? 'scaled out' : 'scaled out (skipped: needs PostgreSQL and moto)', () => {
  test('two servers share rows and blobs', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.remove());
    const s3 = await startS3();
    onTestFinished(() => s3.stop());
    const { bucket } = await s3.createBucket();
    const options = {
      data: await tempFolder(),
      database: await postgres.createDatabase(),
      bucket: `s3://${bucket}/graft?endpoint=${s3.endpoint}&path-style=true`,
    };
    const [one, two] = await Promise.all([openStores(options), openStores(options)]);
    await one.records.commit([create(keyOf('file', 'x'))]);
    await one.blobs.put('files/x', await localFile('content'));
    expect(await two.records.get(keyOf('file', 'x'))).not.toBeNull();
    expect(await text(await two.blobs.read('files/x'))).toBe('content');
    await Promise.all([one.close(), two.close()]);
  });
});
