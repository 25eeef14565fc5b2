import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelDirectory, readModelMetadata } from './model-directory.js';
import { readRunRecord } from './read-run-record.js';
import { tempFolder } from './testing/temp-folder.js';

/** Every JSON file that is read from a model's or a run's directory. */
const readers = {
  'model.json': (root: string) => modelDirectory(root).load(),
  'run.json': readRunRecord,
  'metadata.json': readModelMetadata,
} as const;
type FileName = keyof typeof readers;
const names = Object.keys(readers) as FileName[];

const whole = { 'model.json': '{"modelTopology":{}}', 'run.json': '{}', 'metadata.json': '{}' };

async function refused(root: string, name: FileName, code: string): Promise<void> {
  const rss = process.memoryUsage.rss();
  const begin = performance.now();
  await expect(readers[name](root)).rejects.toMatchObject({ name: 'GraftError', code });
  expect(performance.now() - begin).toBeLessThan(5000);
  expect(process.memoryUsage.rss() - rss).toBeLessThan(600e6);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
}

const repeat = (text: string, count: number) => text.repeat(count);
const mechanisms: [string, string | Uint8Array][] = [
  ['nothing', ''],
  ['text that is no JSON', 'model: yes'],
  ['a text that ends too soon', '{"labels":["a"'],
  ['a second value behind the first', '{} {}'],
  ['a prototype key', '{"__proto__":{"polluted":true}}'],
  ['a prototype key far inside', '{"a":[{"b":{"__proto__":{"polluted":true}}}]}'],
  ['an escaped prototype key', '{"\\u005f_proto__":{"polluted":true}}'],
  ['a constructor with a prototype', '{"constructor":{"prototype":{"polluted":true}}}'],
  ['one key twice', '{"labels":["a"],"labels":["b"]}'],
  ['one key twice, once escaped', '{"labels":["a"],"l\\u0061bels":["b"]}'],
  ['one key twice, far inside', '{"a":[{"b":1,"c":{},"b":2}]}'],
  ['lists nested without end', repeat('[', 10_000_000)],
  ['objects nested without end', `${repeat('{"a":', 5000)}1${repeat('}', 5000)}`],
  ['values without number', `[${repeat('{},', 5_000_000)}{}]`],
  ['NaN', '{"a":NaN}'],
  ['infinity', '{"a":-Infinity}'],
  ['a comment', '{"a":1} // b'],
  ['a comma too many', '{"a":1,}'],
  ['a key without quotes', '{a:1}'],
  ['a raw control character', '{"a":"\u0000"}'],
  ['Latin-1', Buffer.from('{"labels":["caf\xe9"]}', 'latin1')],
  ['half of a UTF-8 character', Buffer.from([0x22, 0xf0, 0x9f, 0x9a, 0x22])],
  ['UTF-16 with its mark', Buffer.from('\ufeff{"a":1}', 'utf16le')],
  ['two byte order marks', '\ufeff\ufeff{}'],
];

const places: [string, string, (path: string, outside: string) => Promise<unknown>][] = [
  [
    'a link out of the directory',
    'model/bad-path',
    (path, outside) => symlink(join(outside, 'other.json'), path),
  ],
  ['a relative link out', 'model/bad-path', (path) => symlink('../../../etc/hostname', path)],
  ['a link to a directory', 'model/bad-path', (path, outside) => symlink(outside, path)],
  ['a device without end', 'model/bad-path', (path) => symlink('/dev/zero', path)],
  ['a file of the system', 'model/bad-path', (path) => symlink('/proc/self/environ', path)],
  ['a directory', 'model/bad-path', (path) => mkdir(path)],
  ['a pipe', 'model/bad-path', async (path) => execFileSync('mkfifo', [path])],
  [
    '1 TB of nothing',
    'model/too-large',
    async (path) => {
      await writeFile(path, '');
      await truncate(path, 2 ** 40);
    },
  ],
];

describe.each(names)('%s', (name) => {
  it.each(mechanisms)('%s', async (_name, content) => {
    const root = await tempFolder({ ...whole, [name]: content });
    await refused(root, name, 'model/bad-json');
  });

  it.each(places)('in its place %s', async (_name, code, make) => {
    const root = await tempFolder(whole);
    await rm(join(root, name));
    await make(join(root, name), await tempFolder({ 'other.json': '{}' }));
    await refused(root, name, code);
  });

  it.each(['null', '[]', '"text"', '1e999', 'true'])('a value that is no object: %s', async (content) => {
    const root = await tempFolder({ ...whole, [name]: content });
    if (name === 'metadata.json') expect(await readModelMetadata(root)).toEqual(JSON.parse(content));
    else await refused(root, name, name === 'model.json' ? 'model/bad-manifest' : 'model/bad-run-record');
  });
});

it('a byte order mark is no fault', async () => {
  const root = await tempFolder({ ...whole, 'metadata.json': '\ufeff{"labels":["🚚"]}' });
  expect(await readModelMetadata(root)).toEqual({ labels: ['🚚'] });
});
