import { readdir, readFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type Multipart, type MultipartLimits, readMultipart } from './multipart.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const boundary = 'graft-boundary';
const formType = `multipart/form-data; boundary=${boundary}`;
const read = (
  body: Buffer | string | Readable,
  more: Partial<MultipartLimits> = {},
  type: string | null = formType,
) => {
  const stream = body instanceof Readable ? body : Readable.from([Buffer.from(body)]);
  const headers: IncomingHttpHeaders = type === null ? {} : { 'content-type': type };
  return readMultipart(Object.assign(stream, { headers }), {
    directory: folder.path,
    maxBytes: 1e6,
    maxFiles: 5,
    maxFields: 3,
    ...more,
  });
};
/** Parts as `[headers, body]`, with the right ends. */
const form = (...parts: readonly (readonly [string, string])[]) =>
  `${parts.map(([head, body]) => `--${boundary}\r\n${head}\r\n\r\n${body}\r\n`).join('')}--${boundary}--\r\n`;
const field = (name: string, value: string) =>
  [`Content-Disposition: form-data; name="${name}"`, value] as const;
const file = (filename: string, body: string, name = 'file') =>
  [
    `Content-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: image/jpeg`,
    body,
  ] as const;

describe('readMultipart', () => {
  it('gives fields and files', async () => {
    const { fields, files, dispose } = await read(
      form(
        field('purpose', 'fine-tune'),
        file('truck/1.jpg', 'one'),
        file('Käse/ü.jpg', 'two', 'more'),
        field('empty', ''),
      ),
    );
    expect(fields).toEqual({ purpose: 'fine-tune', empty: '' });
    expect(files.map(({ field, name, type, spooled }) => [field, name, type, spooled.bytes])).toEqual([
      ['file', 'truck/1.jpg', 'image/jpeg', 3],
      ['more', 'Käse/ü.jpg', 'image/jpeg', 3],
    ]);
    expect(await readFile(files[0]?.spooled.path as string, 'utf8')).toBe('one');
    await dispose();
    await dispose();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('gives the same however the bytes are cut', async () => {
    const body = Buffer.from(
      form(field('a', 'b\r\n--graft'), file('1.jpg', `x\r\n--${boundary.slice(0, -1)}\r\n`)),
    );
    const bytes = Readable.from(Array.from(body, (byte) => Buffer.from([byte])));
    const { fields, files } = await read(bytes);
    expect(fields).toEqual({ a: 'b\r\n--graft' });
    expect(await readFile(files[0]?.spooled.path as string, 'utf8')).toBe(
      `x\r\n--${boundary.slice(0, -1)}\r\n`,
    );
  });

  it('takes as many parts and bytes as are allowed', async () => {
    const fields = ['a', 'b', 'c'].map((name) => field(name, 'x'.repeat(name === 'a' ? 65_536 : 1)));
    const files = [1, 2, 3, 4, 5].map((i) => file(`${i}.jpg`, 'x'));
    const body = form(...fields, ...files);
    expect((await read(body, { maxBytes: body.length })).files).toHaveLength(5);
  });

  it('writes a thousand small files one after the other, in their order', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `a/${i}.jpg`);
    const { files, dispose } = await read(form(...names.map((name) => file(name, name))), { maxFiles: 1000 });
    expect(files.map(({ name }) => name)).toEqual(names);
    expect(await readFile(files[999]?.spooled.path as string, 'utf8')).toBe('a/999.jpg');
    await dispose();
  });
});

const head = 'Content-Disposition: form-data; name="a"';
const many = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_, i) => make(i));

/** name of the mechanism, the body, the code, the content type where it is another */
const refused: readonly (readonly [string, () => string | Readable, string, (string | null)?])[] = [
  ['no content type', () => form(field('a', 'b')), 'data/bad-form', null],
  ['an empty content type', () => form(field('a', 'b')), 'data/bad-form', ''],
  ['JSON', () => '{}', 'data/bad-form', 'application/json'],
  [
    'urlencoded, which the parser would take',
    () => 'a=b',
    'data/bad-form',
    'application/x-www-form-urlencoded',
  ],
  [
    'multipart of another kind',
    () => form(field('a', 'b')),
    'data/bad-form',
    `multipart/mixed; boundary=${boundary}`,
  ],
  ['no boundary', () => form(field('a', 'b')), 'data/bad-form', 'multipart/form-data'],
  [
    'no boundary, with another parameter',
    () => form(field('a', 'b')),
    'data/bad-form',
    'multipart/form-data; charset=utf-8',
  ],
  ['an empty boundary', () => form(field('a', 'b')), 'data/bad-form', 'multipart/form-data; boundary='],
  [
    'a content type of 100,000 characters',
    () => form(field('a', 'b')),
    'data/bad-form',
    `multipart/form-data; x="${'y'.repeat(1e5)}`,
  ],
  ['another boundary', () => form(field('a', 'b')), 'data/bad-form', 'multipart/form-data; boundary=other'],
  ['nothing', () => '', 'data/bad-form'],
  ['text', () => 'hello', 'data/bad-form'],
  ['no last boundary', () => form(field('a', 'b')).slice(0, -4), 'data/bad-form'],
  ['cut in a header', () => form(file('1.jpg', 'x')).slice(0, 40), 'data/bad-form'],
  ['cut in a file', () => form(file('1.jpg', 'x'.repeat(5000))).slice(0, 2000), 'data/bad-form'],
  [
    'cut in a second file',
    () => form(file('1.jpg', 'x'), file('2.jpg', 'x'.repeat(5000))).slice(0, 2000),
    'data/bad-form',
  ],
  ['header without colon', () => form(['no colon here', 'x']), 'data/bad-form'],
  ['header with NUL', () => form([`${head}\0`, 'x']), 'data/bad-form'],
  ['header with a bare line feed', () => form([`${head}\nX: y`, 'x']), 'data/bad-form'],
  ['headers of 20 KB', () => form([`${head}\r\nX: ${'y'.repeat(20_000)}`, 'x']), 'data/bad-form'],
  ['5000 headers', () => form([[head, ...many(5000, (i) => `X${i}: y`)].join('\r\n'), 'x']), 'data/bad-form'],
  ['a part without a name', () => form(['Content-Disposition: form-data', 'x']), 'data/bad-form'],
  ['a field with an empty name', () => form(field('', 'x')), 'data/bad-form'],
  [
    'a file without a name',
    () => form([`${head}\r\nContent-Type: application/octet-stream`, 'x']),
    'data/bad-form',
  ],
  [
    'a file with an empty name',
    () => form([`${head}; filename=""\r\nContent-Type: application/octet-stream`, '']),
    'data/bad-form',
  ],
  ['a file name with NUL', () => form([`${head}; filename*=UTF-8''a%00.jpg`, 'x']), 'data/bad-form'],
  ['a file name with a line feed', () => form([`${head}; filename*=UTF-8''a%0a.jpg`, 'x']), 'data/bad-form'],
  ['a file name with a tab', () => form(file('a\tb.jpg', 'x')), 'data/bad-form'],
  ['a file name of 5000 bytes', () => form(file('n'.repeat(5000), 'x')), 'data/bad-form'],
  ['a field name of 5000 bytes', () => form(field('n'.repeat(5000), 'x')), 'data/bad-form'],
  ['__proto__', () => form(field('__proto__', 'x')), 'data/bad-form'],
  ['constructor', () => form(field('constructor', 'x')), 'data/bad-form'],
  ['prototype', () => form(field('prototype', 'x')), 'data/bad-form'],
  ['__proto__ in brackets', () => form(field('a[__proto__][admin]', 'x')), 'data/bad-form'],
  ['constructor in dots', () => form(field('a.constructor.b', 'x')), 'data/bad-form'],
  ['__proto__ for a file', () => form(file('1.jpg', 'x', '__proto__')), 'data/bad-form'],
  ['a field twice', () => form(field('a', 'x'), field('a', 'y')), 'data/bad-form'],
  ['too many fields', () => form(...many(4, (i) => field(`f${i}`, 'x'))), 'data/too-many-parts'],
  ['100,000 fields', () => form(...many(10_000, (i) => field(`f${i}`, 'x'))), 'data/too-many-parts'],
  ['too many files', () => form(...many(6, (i) => file(`${i}.jpg`, 'x'))), 'data/too-many-parts'],
  [
    'thousands of parts that say nothing',
    () => form(...many(5000, () => ['X: y', 'x'] as const)),
    'data/too-many-parts',
  ],
  ['a value too long by one', () => form(field('a', 'x'.repeat(65_537))), 'data/too-large'],
  ['a file beyond the cap', () => form(file('1.jpg', 'x'.repeat(1.1e6))), 'data/too-large'],
  [
    'files beyond the cap together',
    () => form(file('1.jpg', 'x'.repeat(6e5)), file('2.jpg', 'x'.repeat(6e5))),
    'data/too-large',
  ],
  ['a preamble without end', () => 'x'.repeat(2e6), 'data/too-large'],
  ['an epilogue without end', () => form(field('a', 'x')) + 'x'.repeat(2e6), 'data/too-large'],
  ['a connection that breaks off', () => brokenOff(), 'data/upload-aborted'],
];

function brokenOff(): Readable {
  const stream = new PassThrough();
  stream.write(form(file('1.jpg', 'x'.repeat(5000))).slice(0, 2000));
  setTimeout(() => stream.destroy(), 10);
  return stream;
}

describe('hostile forms', () => {
  for (const [name, make, code, type = formType] of refused) {
    it(name, async () => {
      const body = make();
      const before = performance.now();
      await expect(read(body, {}, type)).rejects.toMatchObject({ name: 'GraftError', code });
      expect(performance.now() - before).toBeLessThan(2000);
      expect(await readdir(folder.path)).toEqual([]);
    });
  }

  it('end with the signal', async () => {
    const stream = new PassThrough();
    stream.write(form(file('1.jpg', 'x'.repeat(5000))).slice(0, 2000));
    await expect(read(stream, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: 'data/upload-aborted',
    });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('tell a spool that cannot be written', async () => {
    const directory = folder.in('not-there');
    await expect(read(form(file('1.jpg', 'x'.repeat(500_000))), { directory })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('leave nothing where a later part is wrong', async () => {
    await expect(
      read(form(file('1.jpg', 'x'), file('2.jpg', 'y'), field('__proto__', 'z'))),
    ).rejects.toMatchObject({
      code: 'data/bad-form',
    });
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('over HTTP', () => {
  const servers: { close(): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function post(body: string | FormData, limits: Partial<MultipartLimits> = {}) {
    const server = createServer(async (incoming, response) => {
      try {
        const form: Multipart = await readMultipart(incoming, {
          directory: folder.path,
          maxBytes: 1e6,
          maxFiles: 5,
          ...limits,
        });
        response.end(JSON.stringify([form.fields, form.files.map(({ name }) => name)]));
        await form.dispose();
      } catch (error) {
        response.writeHead(400, { connection: 'close' }).end((error as { code: string }).code);
      }
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    if (body instanceof FormData) return (await fetch(url, { method: 'POST', body })).text();
    return new Promise<string>((resolve, reject) => {
      const outgoing = httpRequest(
        url,
        { method: 'POST', headers: { 'content-type': formType } },
        (response) => {
          response.setEncoding('utf8').on('data', resolve);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  it('understands fetch', async () => {
    const data = new FormData();
    data.set('purpose', 'fine-tune');
    data.set('file', new Blob(['x'.repeat(100_000)]), 'Fötos.zip');
    expect(JSON.parse(await post(data))).toEqual([{ purpose: 'fine-tune' }, ['Fötos.zip']]);
    await expect.poll(() => readdir(folder.path)).toEqual([]);
  });

  it('can answer a request that it refuses', async () => {
    expect(await post(form(file('1.jpg', 'x'.repeat(50_000))), { maxBytes: 1000 })).toBe('data/too-large');
    expect(await readdir(folder.path)).toEqual([]);
  });
});
