import { deflateRawSync } from 'node:zlib';
import { type RawEntry, rawZip, zip64Field } from '../../uploads/testing/raw-zip.js';
import { type Attack, posted } from './attack.js';

const boundary = 'xxBOUNDARYxx';
const type = `multipart/form-data; boundary=${boundary}`;
const purpose = part('name="purpose"', 'fine-tune');
const csv = 'a,b,label\n1,2,x\n2,1,y\n1,3,x\n3,1,y\n';

function part(disposition: string, content: string | Buffer, more = ''): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`),
    Buffer.from(content as string),
    Buffer.from('\r\n'),
  ]);
}

const end = Buffer.from(`--${boundary}--\r\n`);
const form = (...parts: Buffer[]) => Buffer.concat([...parts, end]);
const upload = (body: Buffer | string, as: string = type, headers: Record<string, string> = {}) =>
  posted('/v1/files', as, body, { headers });
const file = (name: string, content: string | Buffer = csv) =>
  part(`name="file"; filename="${name}"`, content);

/** Forms that are none, or say two things at once. */
export const formAttacks: readonly Attack[] = [
  { name: 'no boundary', bytes: upload(form(purpose, file('a.csv')), 'multipart/form-data') },
  { name: 'empty boundary', bytes: upload(form(purpose), 'multipart/form-data; boundary=') },
  {
    name: 'boundary of 300',
    bytes: upload(form(purpose), `multipart/form-data; boundary=${'b'.repeat(300)}`),
  },
  {
    name: 'another boundary',
    bytes: upload(form(purpose, file('a.csv')), 'multipart/form-data; boundary=other'),
  },
  { name: 'mixed', bytes: upload(form(purpose), `multipart/mixed; boundary=${boundary}`) },
  { name: 'no end', bytes: upload(Buffer.concat([purpose, file('a.csv')])) },
  {
    name: 'end in the middle of a file',
    bytes: upload(Buffer.concat([purpose, file('a.csv').subarray(0, -10)])),
  },
  { name: 'nothing', bytes: upload('') },
  { name: 'only an end', bytes: upload(end) },
  { name: 'no parts but text', bytes: upload('hello') },
  { name: 'no file', bytes: upload(form(purpose)) },
  { name: 'no purpose', bytes: upload(form(file('a.csv'))) },
  { name: 'another purpose', bytes: upload(form(part('name="purpose"', 'assistants'), file('a.csv'))) },
  { name: 'purpose twice', bytes: upload(form(purpose, purpose, file('a.csv'))), harmless: true },
  { name: 'two files', bytes: upload(form(purpose, file('a.csv'), file('b.csv'))) },
  {
    name: 'file under another name',
    bytes: upload(form(purpose, part('name="upload"; filename="a.csv"', csv))),
  },
  { name: 'file as a field', bytes: upload(form(purpose, part('name="file"', csv))) },
  {
    name: 'a thousand fields',
    bytes: upload(
      form(...Array.from({ length: 1000 }, (_, i) => part(`name="f${i}"`, 'x')), purpose, file('a.csv')),
    ),
  },
  {
    name: 'a field of 10 MB',
    bytes: upload(form(part('name="purpose"', 'x'.repeat(10_000_000)), file('a.csv'))),
  },
  {
    name: 'a field __proto__',
    bytes: upload(form(purpose, part('name="__proto__"', 'x'), file('a.csv'))),
    harmless: true,
  },
  {
    name: 'a field name of 10 KB',
    bytes: upload(form(purpose, part(`name="${'n'.repeat(10_000)}"`, 'x'), file('a.csv'))),
    harmless: true,
  },
  {
    name: 'a part without headers',
    bytes: upload(Buffer.concat([Buffer.from(`--${boundary}\r\n\r\nx\r\n`), end])),
  },
  {
    name: 'part headers of 200 KB',
    bytes: upload(
      form(purpose, part('name="file"; filename="a.csv"', csv, `X-A: ${'a'.repeat(200_000)}\r\n`)),
    ),
  },
  {
    name: 'a part that says base64',
    bytes: upload(
      form(purpose, part('name="file"; filename="a.csv"', 'YQ==', 'Content-Transfer-Encoding: base64\r\n')),
    ),
  },
  { name: 'empty file', bytes: upload(form(purpose, file('a.csv', ''))) },
  {
    name: 'compressed form',
    bytes: upload(form(purpose, file('a.csv')), type, { 'Content-Encoding': 'gzip' }),
    harmless: true,
  },
  {
    name: 'less than its length',
    bytes: Buffer.from(
      upload(form(purpose, file('a.csv')))
        .toString('latin1')
        .replace(/Content-Length: \d+/, 'Content-Length: 99999'),
      'latin1',
    ),
    halfClose: true,
  },
  {
    name: 'nested form',
    bytes: upload(
      form(
        purpose,
        part(
          'name="file"; filename="a.csv"',
          form(purpose),
          `Content-Type: multipart/mixed; boundary=${boundary}2\r\n`,
        ),
      ),
    ),
  },
  ...[
    '../../../../tmp/graft-hostile-escape',
    '/tmp/graft-hostile-escape',
    '..\\..\\graft-hostile-escape',
    'C:\\graft-hostile-escape.csv',
    '%2e%2e%2fgraft-hostile-escape',
    'a\0.csv',
    'a.csv\n.sh',
    '<img src=x onerror=alert(1)>.csv',
    '=cmd().csv',
    '\u001b]0;x\u0007.csv',
    '\u202evsc.exe',
    `${'n'.repeat(255)}.csv`,
    `${'n'.repeat(5000)}.csv`,
    '\ud83d\ude00.csv',
    '$(touch /tmp/graft-hostile-escape).csv',
    'CON',
    '.htaccess',
    '',
  ].map((name) => ({
    name: `file name ${JSON.stringify(name).slice(0, 40)}`,
    bytes: upload(form(purpose, file(name))),
    harmless: true,
  })),
];

const zip = (entries: readonly RawEntry[], more?: Parameters<typeof rawZip>[1]) =>
  upload(form(purpose, file('photos.zip', rawZip(entries, more))));
const picture = Buffer.from('89504e470d0a1a0a', 'hex');
const good: RawEntry[] = ['x/1.png', 'x/2.png', 'y/1.png', 'y/2.png'].map((name) => ({
  name,
  data: picture,
}));
const bomb = deflateRawSync(Buffer.alloc(50_000_000));
const named = (name: string | Buffer): RawEntry[] => [...good, { name, data: picture }];
const attributes = (mode: number) => ({ central: { attributes: mode << 16 } });

/** Archives that are larger, deeper or elsewhere than they say. */
export const archiveAttacks: readonly Attack[] = [
  ...[
    '../escape/1.png',
    '../../../../../tmp/graft-hostile-escape.png',
    '/tmp/graft-hostile-escape.png',
    'x/../../../graft-hostile-escape.png',
    'x/../../y/1.png',
    '..\\..\\graft-hostile-escape.png',
    'C:\\graft-hostile-escape.png',
    'C:graft-hostile-escape.png',
    '\\\\host\\share\\1.png',
    'x/./1.png',
    'x//1.png',
    'x/a\0.png',
    'x/\u001b[2J.png',
    `x/${'n'.repeat(3000)}.png`,
    `${'d/'.repeat(500)}1.png`,
    '',
  ].map((name) => ({ name: `entry ${JSON.stringify(name).slice(0, 40)}`, bytes: zip(named(name)) })),
  { name: 'entry in broken UTF-8', bytes: zip(named(Buffer.from([0x78, 0x2f, 0xff, 0xfe]))) },
  {
    name: 'link',
    bytes: zip([...good, { name: 'x/link.png', data: '/etc/passwd', ...attributes(0o120777) }]),
  },
  {
    name: 'link to a folder, and a file in it',
    bytes: zip([
      { name: 'x', data: '/tmp', ...attributes(0o120777) },
      { name: 'x/1.png', data: picture },
    ]),
  },
  { name: 'device', bytes: zip([...good, { name: 'x/null', data: '', ...attributes(0o020666) }]) },
  { name: 'pipe', bytes: zip([...good, { name: 'x/pipe', data: '', ...attributes(0o010666) }]) },
  { name: 'the same name twice', bytes: zip([...good, { name: 'x/1.png', data: 'other' }]) },
  { name: 'names that differ in case', bytes: zip([...good, { name: 'X/1.PNG', data: 'other' }]) },
  { name: 'a file as a folder', bytes: zip([...good, { name: 'x/1.png/2.png', data: picture }]) },
  {
    name: 'bomb of 50 MB in 50 KB',
    bytes: zip([
      ...good,
      { name: 'x/3.png', packed: bomb, both: { bytes: 50_000_000, compressed: bomb.length } },
    ]),
  },
  {
    name: 'bomb that says 10 bytes', // what comes out is counted, and refused, when a job unpacks it
    harmless: true,
    bytes: zip([...good, { name: 'x/3.png', packed: bomb, both: { bytes: 10, compressed: bomb.length } }]),
  },
  {
    name: 'terabyte by zip64',
    bytes: zip([
      ...good,
      { name: 'x/3.png', data: picture, central: { bytes: 0xffffffff, extra: zip64Field(2n ** 40n) } },
    ]),
  },
  {
    name: 'negative size by zip64',
    bytes: zip([
      ...good,
      { name: 'x/3.png', data: picture, central: { bytes: 0xffffffff, extra: zip64Field(2n ** 64n - 1n) } },
    ]),
  },
  { name: 'more entries than there are', bytes: zip(good, { count: 60_000 }) },
  { name: '2^60 entries by zip64', bytes: zip(good, { zip64: { count: 2n ** 60n } }) },
  { name: 'directory behind the end', bytes: zip(good, { offset: 0xfffffff0 }) },
  { name: 'zip64 record behind the end', bytes: zip(good, { zip64: { recordAt: 2n ** 62n } }) },
  { name: 'another disk', bytes: zip(good, { disk: 7 }) },
  {
    name: 'entries that overlap',
    bytes: zip([...good, { name: 'x/3.png', data: picture, central: { offset: 0 } }]),
  },
  {
    name: 'wrong checksum',
    bytes: zip([{ name: 'x/1.png', data: picture, both: { crc32: 1 } }, ...good.slice(1)]),
    harmless: true,
  },
  { name: 'encrypted', bytes: zip([...good, { name: 'x/3.png', data: picture, both: { flags: 0x801 } }]) },
  { name: 'method 99', bytes: zip([...good, { name: 'x/3.png', data: picture, both: { method: 99 } }]) },
  {
    name: 'entry that is not there',
    bytes: zip([...good, { name: 'x/3.png', data: picture, centralOnly: true }]),
  },
  {
    name: 'two names for one entry',
    bytes: zip([...good, { name: 'x/3.png', data: picture, local: { name: Buffer.from('../2.png') } }]),
  },
  { name: 'only the end of a zip', bytes: zip([]) },
  { name: 'one label', bytes: zip(good.slice(0, 2)) },
  {
    name: 'no pictures',
    bytes: zip([
      { name: 'x/a.html', data: '<script>' },
      { name: 'y/b.sh', data: '#!' },
    ]),
  },
  { name: 'truncated zip', bytes: upload(form(purpose, file('a.zip', rawZip(good).subarray(0, 60)))) },
  { name: 'tar named zip', bytes: upload(form(purpose, file('a.zip', Buffer.alloc(10_240)))) },
  {
    name: 'gzip named zip',
    bytes: upload(form(purpose, file('a.zip', Buffer.from('1f8b0800000000000003', 'hex')))),
  },
  { name: 'a table of NUL', bytes: upload(form(purpose, file('a.csv', Buffer.alloc(100_000)))) },
  {
    name: 'a table in one open quote',
    bytes: upload(form(purpose, file('a.csv', `a,label\n"${'x'.repeat(3_000_000)}`))),
  },
  {
    name: 'a table of 100,000 columns',
    bytes: upload(form(purpose, file('a.csv', `${'a,'.repeat(100_000)}label\n`))),
  },
  {
    name: 'a table with one column twice',
    bytes: upload(form(purpose, file('a.csv', 'a,a,label\n1,2,x\n'))),
  },
  {
    name: 'a table with rows of other lengths',
    bytes: upload(form(purpose, file('a.csv', 'a,b,label\n1,2\n1,2,3,4\n'))),
  },
  ...[
    '<img src=x onerror=alert(1)>',
    '=cmd()',
    '\u001b]0;owned\u0007',
    '\u202e',
    '\ud83d\ude00',
    'ä'.repeat(127),
    '__proto__',
    'constructor',
    "'; DROP TABLE",
    '{{7*7}}',
  ].map((label) => ({
    name: `label ${JSON.stringify(label).slice(0, 30)}`,
    bytes: zip([...good, ...['1', '2'].map((name) => ({ name: `${label}/${name}.png`, data: picture }))]),
    harmless: true,
  })),
];
