import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../testing/server.js';
import { atOnce, type Labelled, predicted, predicting, somePictures } from './testing/asking.js';

const run = promisify(execFile);
const terminal = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url));

let pictures: Uint8Array[];
beforeAll(async () => {
  pictures = await somePictures(8);
});

describe.skipIf(!existsSync(terminal))(
  'answers are those of graft predict (skipped without its build)',
  () => {
    async function answersOfTerminal(model: string, server: TestServer, each: boolean): Promise<Labelled[]> {
      const paths = pictures.map((_, index) => join(server.data, `${index}.png`));
      for (const [index, path] of paths.entries()) await writeFile(path, pictures[index] as Uint8Array);
      const answers: Labelled[] = [];
      for (const some of each ? paths.slice(0, 2).map((path) => [path]) : [paths]) {
        const flags = ['--json', '--backend', 'wasm', '--top', '1000'];
        const { stdout } = await run(process.execPath, [terminal, 'predict', model, ...some, ...flags]);
        answers.push(...(JSON.parse(stdout) as Labelled[]));
      }
      return answers;
    }

    it.each(['squeezenet', 'iconnet'])('within 1e-5 in batches, 32 at once: %s', async (model) => {
      const server = await startServer(predicting());
      try {
        const expected = await answersOfTerminal(model, server, false);
        const total = model === 'squeezenet' ? 64 : 256;
        const answers = await atOnce(32, total, (index) =>
          predicted(server, model, pictures[index % pictures.length] as Uint8Array),
        );
        for (const [index, { predictions }] of answers.entries()) {
          const wanted = expected[index % pictures.length] as Labelled;
          expect(predictions[0]?.label).toBe(wanted.predictions[0]?.label);
          const probabilities = new Map(
            wanted.predictions.map(({ label, probability }) => [label, probability]),
          );
          for (const { label, probability } of predictions) {
            expect(Math.abs(probability - (probabilities.get(label) ?? -1))).toBeLessThanOrEqual(1e-5);
          }
        }
      } finally {
        await server.remove();
      }
    });

    it('to the bit without batching', async () => {
      const server = await startServer(predicting('--batch-ms', '0'));
      try {
        const expected = await answersOfTerminal('squeezenet', server, true);
        const answers = await atOnce(8, 16, (index) =>
          predicted(server, 'squeezenet', pictures[index % 2] as Uint8Array),
        );
        for (const [index, { predictions }] of answers.entries()) {
          expect(predictions).toEqual(expected[index % 2]?.predictions);
        }
      } finally {
        await server.remove();
      }
    });
  },
);
