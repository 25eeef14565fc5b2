import '@tensorflow/tfjs-backend-cpu';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '@graft/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadDataOptions } from './file-data.js';
import { readData, readEvaluationData } from './read-data.js';
import { inputSpecOf } from './testing/input-specs.js';
import { jpeg } from './testing/pictures.js';
import { addFiles, tempFolder } from './testing/temp-folder.js';

const numbers: ReadDataOptions = { inputShape: [2], inputSpec: null };

async function readText(
  text: string | Uint8Array,
  options: Partial<ReadDataOptions> & { readonly target: string[] },
) {
  const root = await tempFolder({ 'data.csv': text });
  return readData(join(root, 'data.csv'), { ...numbers, ...options });
}

const targets = ({ train }: Awaited<ReturnType<typeof readData>>) =>
  Array.from({ length: train.size }, (_, i) => train.target(i));

async function inputs({ train }: Awaited<ReturnType<typeof readData>>): Promise<number[][]> {
  const rows: number[][] = [];
  for (let i = 0; i < train.size; i++) {
    const tensor = (await train.input(i)) as Tensor;
    rows.push([...tensor.dataSync()]);
    tensor.dispose();
  }
  return rows;
}

describe('tables of numbers', () => {
  it('text targets are classes', async () => {
    const data = await readText('a,kind,b\n1,dog,2\n3,cat,4.5\n-1e2,dog,+.5\n0,cat,7\n', {
      target: ['kind'],
    });
    expect(data).toMatchObject({ task: 'classify', labels: ['cat', 'dog'], validation: null, warnings: [] });
    expect(targets(data)).toEqual([1, 0, 1, 0]);
    expect(await inputs(data)).toEqual([
      [1, 2],
      [3, 4.5],
      [-100, 0.5],
      [0, 7],
    ]);
    expect(data.picture('train', 0)).toBe(null);
    expect(data.names.train).toEqual(['data.csv:1', 'data.csv:2', 'data.csv:3', 'data.csv:4']);
    const batch = data.train.batch?.([2, 0]);
    expect([batch?.shape, [...(batch?.dataSync() ?? [])]]).toEqual([
      [2, 2],
      [-100, 0.5, 1, 2],
    ]);
    expect(() => data.train.input(4)).toThrow(RangeError);
  });

  it('numbers are a regression, whole ones of at most 20 values are asked about', async () => {
    expect(await readText('a,b,y\n1,2,1.5\n3,4,2\n', { target: ['y'] })).toMatchObject({
      task: 'regress',
      labels: null,
    });
    const whole = (values: number, task?: Task) =>
      readText(`a,b,y\n${Array.from({ length: values * 2 }, (_, i) => `1,${i},${i % values}\n`).join('')}`, {
        target: ['y'],
        task,
      });
    await expect(whole(20)).rejects.toMatchObject({ code: 'usage/task-needed' });
    expect((await whole(21)).task).toBe('regress');
    expect((await whole(12, 'classify')).labels).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
      '11',
    ]);
    expect(targets(await whole(3, 'regress'))).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('several targets of 0 and 1 are multi-label', async () => {
    const data = await readText('a,x,b,y\n1,0,2,1\n3,1,4,1\n', { target: ['y', 'x'] });
    expect(data).toMatchObject({ task: 'multi-label', labels: ['y', 'x'] });
    expect(targets(data)).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(data.warnings.map(({ code }) => code)).toEqual(['constant-label']);
    expect((await readText('a,b,y\n1,2,1\n3,4,0\n', { target: ['y'], task: 'multi-label' })).labels).toEqual([
      'y',
    ]);
  });

  it('pixel columns take the shape of the model, an open dimension what is left', async () => {
    const text = 'p0,p1,p2,p3,y\n1,2,3,4,a\n5,6,7,8,b\n1,1,1,1,a\n2,2,2,2,b\n';
    for (const inputShape of [[2, 2, 1], [null, 2], [4]]) {
      const data = await readText(text, { target: ['y'], inputShape });
      const tensor = (await data.train.input(1)) as Tensor;
      expect([tensor.shape, [...tensor.dataSync()]]).toEqual([inputShape.map((n) => n ?? 2), [5, 6, 7, 8]]);
    }
    for (const inputShape of [[3], [5], [2, 2, 2], [null, 3], [null, null], []]) {
      await expect(readText(text, { target: ['y'], inputShape })).rejects.toMatchObject({
        code: 'data/does-not-fit',
      });
    }
    await expect(readText(text, { target: ['y'], inputShape: [3] })).rejects.toThrow(
      /Expected 3 .* Received 4/,
    );
  });

  it('byte order mark, CRLF, quotes, blanks and empty lines', async () => {
    const text = '\ufeffa , "b","the ""kind"""\r\n\r\n 1 ,2," x "\r\n3,"4",y\r\n5,6," x "\r\n7,8,y';
    const data = await readText(text, { target: ['the "kind"'] });
    expect([data.labels, await inputs(data)]).toEqual([
      [' x ', 'y'],
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
    ]);
  });

  it('equal rows share a group, and are told of', async () => {
    const data = await readText('a,b,y\n1,2,x\n1,2,z\n3,4,x\n5,6,z\n', { target: ['y'] });
    expect(data.train.group?.(0)).toBe(data.train.group?.(1));
    expect(data.train.group?.(0)).not.toBe(data.train.group?.(2));
    expect(data.warnings.map(({ code }) => code)).toEqual(['same-content', 'same-content-two-targets']);
  });

  it('is tested on with the labels that the model knows', async () => {
    const root = await tempFolder({ 'data.csv': 'a,b,y\n1,2,dog\n' });
    const options = { ...numbers, target: ['y'], task: 'classify' } as const;
    const { dataset } = await readEvaluationData(join(root, 'data.csv'), {
      ...options,
      labels: ['cat', 'dog'],
    });
    expect([dataset.size, dataset.target(0)]).toEqual([1, 1]);
    await expect(
      readEvaluationData(join(root, 'data.csv'), { ...options, labels: ['cat'] }),
    ).rejects.toMatchObject({
      code: 'data/unknown-label',
    });
  });

  it('is tested on in the order and spelling of the labels of the model', async () => {
    const root = await tempFolder({ 'c.csv': 'a,b,y\n1,2,01\n3,4,2.0\n', 'm.csv': 'a,x,b,y\n1,0,2,1\n' });
    const classes = { ...numbers, target: ['y'], task: 'classify', labels: ['2', '01', 'x'] } as const;
    const { dataset } = await readEvaluationData(join(root, 'c.csv'), classes);
    expect([dataset.target(0), dataset.target(1)]).toEqual([1, 0]);
    const flags = { ...numbers, target: ['x', 'y'], task: 'multi-label', labels: ['y', 'x'] } as const;
    expect((await readEvaluationData(join(root, 'm.csv'), flags)).dataset.target(0)).toEqual([1, 0]);
    await expect(readEvaluationData(join(root, 'm.csv'), { ...flags, labels: ['y'] })).rejects.toMatchObject({
      code: 'data/unknown-label',
    });
  });

  it('reads back whatever is written, quoted or not', async () => {
    const cell = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter((text) => text.trim() === text && !/[\0\ud800-\udfff]/.test(text));
    const row = fc.tuple(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      cell,
    );
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const root = await tempFolder();
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (rows, newline, bom) => {
          // Twice each, so that every label has two rows.
          const all = [
            ...rows,
            ...rows,
            [0, 0, 'one'],
            [0, 0, 'one'],
            [0, 0, 'two'],
            [0, 0, 'two'],
          ] as typeof rows;
          const lines = ['a,b,kind', ...all.map(([a, b, kind]) => `${a},${quote(String(b))},${quote(kind)}`)];
          await writeFile(join(root, 'p.csv'), (bom ? '\ufeff' : '') + lines.join(newline) + newline);
          const data = await readData(join(root, 'p.csv'), {
            ...numbers,
            target: ['kind'],
            task: 'classify',
          });
          expect((await inputs(data)).flat()).toEqual(
            all
              .flatMap(([a, b]) => [a + 0, b + 0])
              .map((value) => (Object.is(value, -0) ? expect.closeTo(0) : value)),
          );
          expect(targets(data).map((target) => data.labels?.[target as number])).toEqual(
            all.map(([, , kind]) => kind),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('answers any bytes with a table or an error of the data', async () => {
    const root = await tempFolder();
    const text = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ maxLength: 200 }),
      fc
        .array(fc.constantFrom('a', 'y', ',', '"', '\n', '\r', '1', '.5', ' ', '\ufeff', ';', '-', 'e9'), {
          maxLength: 60,
        })
        .map((parts) => `a,y\n${parts.join('')}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        await writeFile(join(root, 'p.csv'), content);
        await readData(join(root, 'p.csv'), { ...numbers, inputShape: [1], target: ['y'] }).catch(
          (error: { code?: string }) => {
            expect(error.code).toMatch(/^(data|usage)\//);
          },
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('bad tables', () => {
  const cases: [string, string, string | Uint8Array, string[], Task?][] = [
    ['an empty file', 'data/empty', '', ['y']],
    ['a byte order mark alone', 'data/empty', '\ufeff\r\n', ['y']],
    ['a header alone', 'data/empty', 'a,b,y\n', ['y']],
    ['no target', 'usage/target-needed', 'a,b,y\n1,2,x\n', []],
    ['a target that is not there', 'usage/unknown-column', 'a,b,Y\n1,2,x\n', ['y']],
    ['a target twice', 'usage/target', 'a,b,y\n1,2,1\n', ['y', 'y']],
    ['no header', 'usage/unknown-column', '1,2,3\n4,5,6\n', ['y']],
    ['semicolons', 'usage/unknown-column', 'a;b;y\n1;2;x\n', ['y']],
    ['a column without a name', 'data/bad-header', 'a,,y\n1,2,x\n', ['y']],
    ['a name twice', 'data/bad-header', 'a,a,y\n1,2,x\n', ['y']],
    ['a quote that never ends', 'data/bad-csv', 'a,b,y\n1,2,"x\n3,4,z\n', ['y']],
    ['a quote inside a cell', 'data/bad-csv', 'a,b,y\n1,2,x"y"\n', ['y']],
    ['a short line', 'data/bad-cell', 'a,b,y\n1,x\n', ['y']],
    ['a long line', 'data/bad-cell', 'a,b,y\n1,2,x,4\n', ['y']],
    ['a missing number', 'data/bad-cell', 'a,b,y\n1,,x\n', ['y']],
    ['a missing target', 'data/bad-cell', 'a,b,y\n1,2,\n', ['y']],
    ['text among numbers', 'data/bad-cell', 'a,b,y\n1,n/a,x\n', ['y']],
    ['NaN', 'data/bad-cell', 'a,b,y\n1,NaN,x\n', ['y']],
    ['infinity', 'data/bad-cell', 'a,b,y\n1,-inf,x\n', ['y']],
    ['more than float32 holds', 'data/bad-cell', 'a,b,y\n1,1e39,x\n', ['y']],
    ['hexadecimal', 'data/bad-cell', 'a,b,y\n1,0x10,x\n', ['y']],
    ['a decimal comma', 'data/bad-cell', 'a,b,y\n1,"2,5",x\n', ['y']],
    ['text in a regression', 'data/bad-cell', 'a,b,y\n1,2,high\n3,4,1\n', ['y'], 'regress'],
    ['2 in a multi-label', 'data/bad-cell', 'a,x,b,y\n1,0,2,2\n', ['x', 'y']],
    ['text and numbers as a target', 'usage/task-needed', 'a,b,y\n1,2,high\n3,4,1.5\n', ['y']],
    ['several classes', 'usage/task', 'a,x,b,y\n1,0,2,1\n', ['x', 'y'], 'classify'],
    ['one label', 'data/one-class', 'a,b,y\n1,2,x\n3,4,x\n', ['y']],
    ['a label with one row', 'data/too-few', 'a,b,y\n1,2,x\n3,4,x\n5,6,z\n', ['y']],
    ['one row', 'data/too-few', 'a,b,y\n1,2,1.5\n', ['y']],
    ['Latin-1', 'data/not-utf8', Buffer.from('a,b,y\n1,2,caf\xe9\n', 'latin1'), ['y']],
    ['UTF-16', 'data/not-utf8', Buffer.from('\ufeffa,b,y\n1,2,x\n', 'utf16le'), ['y']],
    ['NUL', 'data/not-utf8', 'a,b,y\n1,2,\0\n', ['y']],
    ['no feature', 'data/does-not-fit', 'y\nx\nx\nz\nz\n', ['y']],
    ['a line without end', 'data/bad-csv', `a,b,y\n1,2,${'x'.repeat(17e6)}`, ['y']],
  ];
  it.each(cases)('%s: %s', async (_name, code, text, target, task) => {
    await expect(readText(text, { target, task })).rejects.toMatchObject({ code });
  });

  it('names line, column and value of bad cells, the first 20', async () => {
    const one = readText('a,b,y\n1,2,x\n\n1,oops,"x\n"\n', { target: ['y'] });
    await expect(one).rejects.toMatchObject({
      details: { count: 1, cells: [{ line: 5, column: 'b', value: 'oops', expected: 'a number' }] },
    });
    const many = readText(`a,b,y\n${'-,1,x\n'.repeat(33)}`, { target: ['y'] });
    await expect(many).rejects.toThrow(/line 2, column "a": "-" \(expected a number\), .* and 13 more/);
  });

  it('a constant target is told of', async () => {
    const data = await readText('a,b,y\n1,2,1.5\n3,4,1.5\n', { target: ['y'] });
    expect(data.warnings.map(({ code }) => code)).toEqual(['constant-target']);
  });

  it('a folder or a device in place of a table', async () => {
    const root = await tempFolder({ 'x.csv/y': '1' });
    await symlink('/dev/zero', join(root, 'zero.csv'));
    await expect(readData(join(root, 'zero.csv'), { ...numbers, target: ['y'] })).rejects.toMatchObject({
      code: 'data/unsupported',
    });
  });
});

describe('tables that name pictures', () => {
  const options: ReadDataOptions = { inputShape: [2, 2, 3], inputSpec: inputSpecOf(), target: ['kind'] };
  const folder = async (rows: readonly string[]) => {
    const root = await tempFolder({
      'data/list.csv': `file,kind\n${rows.join('\n')}\n`,
      'secret.jpg': await jpeg(9),
    });
    for (const name of ['a', 'b', 'c', 'd é'])
      await addFiles(root, { [`data/in/${name}.jpg`]: await jpeg(name.charCodeAt(0)) });
    return root;
  };
  const good = ['in/a.jpg,x', 'in/b.jpg,x', './in/c.jpg,y', 'in/../in/d é.jpg,y'];

  it('are read relative to the table', async () => {
    const data = await readData(join(await folder(good), 'data/list.csv'), options);
    expect([data.labels, targets(data), data.names.train[3]]).toEqual([
      ['x', 'y'],
      [0, 0, 1, 1],
      'list.csv:4',
    ]);
    expect(data.picture('train', 0)).toMatch(/data.in.a\.jpg$/);
    const input = (await data.train.input(3)) as Tensor;
    expect(input.shape).toEqual([2, 2, 3]);
  });

  it('list bad pictures, and leave them out if asked to', async () => {
    const path = join(await folder([...good, 'in/missing.jpg,x', 'list.csv,y', 'in,y']), 'data/list.csv');
    const files = [{ file: 'in/missing.jpg' }, { file: 'list.csv' }, { file: 'in' }];
    await expect(readData(path, options)).rejects.toMatchObject({
      code: 'data/bad-image',
      details: { files },
    });
    const data = await readData(path, { ...options, skipBad: true });
    expect([data.skipped, data.train.size, targets(data)]).toMatchObject([files, 4, [0, 0, 1, 1]]);
  });

  const outside = [
    '../secret.jpg',
    'in/../../secret.jpg',
    '/etc/passwd',
    'link.jpg',
    'door/secret.jpg',
    '..',
    'C:\\x.jpg',
    '\\\\host\\x.jpg',
    './/../secret.jpg',
    'in/./.././../secret.jpg',
    '../data2/x.jpg',
  ];
  it.each(outside)('may not lead out of its folder: %s', async (name) => {
    const root = await folder([...good, `${name},x`]);
    await symlink('../secret.jpg', join(root, 'data/link.jpg'));
    await symlink('..', join(root, 'data/door'));
    const reading = readData(join(root, 'data/list.csv'), { ...options, skipBad: true });
    await expect(reading).rejects.toMatchObject({
      code: 'data/outside-folder',
      details: { files: [`line 6: "${name}"`] },
    });
  });

  it('hold nothing else', async () => {
    const root = await tempFolder({ 'list.csv': 'file,kind,width\na.jpg,x,3\n' });
    await expect(readData(join(root, 'list.csv'), options)).rejects.toMatchObject({
      code: 'data/extra-columns',
    });
  });

  it('equal pictures share a group', async () => {
    const root = await folder([...good, 'in/a.jpg,x']);
    const { train } = await readData(join(root, 'data/list.csv'), options);
    expect(train.group?.(4)).toBe(train.group?.(0));
  });
});
