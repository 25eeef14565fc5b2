import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { startServer, type TestServer } from '../testing/server.js';
import { atOnce, post, predicted, predicting, somePictures } from './testing/asking.js';

const builtIn = dirname(createRequire(import.meta.url).resolve('@graft/node/package.json'));

let picture: Uint8Array;
beforeAll(async () => {
  picture = (await somePictures(1))[0] as Uint8Array;
});

describe('under pressure', () => {
  it('answers 503 at once where the queue is full, and goes on', async () => {
    const server = await startServer(predicting('--prediction-queue', '4'));
    try {
      const url = `${server.url}/api/models/squeezenet/predict?top=1`;
      const responses = await Promise.all(
        Array.from({ length: 24 }, async () => {
          const begin = performance.now();
          const response = await post(url, picture);
          return { response, milliseconds: performance.now() - begin };
        }),
      );
      const refused = responses.filter(({ response }) => response.status === 503);
      const answered = responses.filter(({ response }) => response.status === 200);
      expect(refused.length + answered.length).toBe(24);
      expect(answered.length).toBeGreaterThanOrEqual(4);
      expect(refused.length).toBeGreaterThan(0);
      const firstAnswer = Math.min(...answered.map(({ milliseconds }) => milliseconds));
      for (const { response, milliseconds } of refused) {
        expect(response.headers.get('retry-after')).toBe('1');
        expect(await response.json()).toMatchObject({ type: 'urn:graft:problem:busy' });
        expect(milliseconds).toBeLessThan(firstAnswer + 1000);
      }
      await predicted(server, 'squeezenet', picture);
    } finally {
      await server.remove();
    }
  });

  it('answers all that was asked when the process that predicts is killed', async () => {
    const server = await startServer(predicting());
    try {
      const first = await predicted(server, 'squeezenet', picture);
      const pending = Array.from({ length: 16 }, () => predicted(server, 'squeezenet', picture));
      await new Promise((resolve) => setTimeout(resolve, 100));
      process.kill(await inferencePid(server), 'SIGKILL');
      for (const answer of await Promise.all(pending)) expect(answer).toEqual(first);
    } finally {
      await server.remove();
    }
  });

  it('asks twice at most, and then says so', async () => {
    const server = await startServer(predicting());
    try {
      await predicted(server, 'squeezenet', picture);
      let over = false;
      const pending = Promise.all(
        Array.from({ length: 8 }, () => post(`${server.url}/api/models/squeezenet/predict`, picture)),
      ).finally(() => {
        over = true;
      });
      const killed = new Set<number>();
      while (!over && killed.size < 2) {
        const pid = await inferencePid(server).catch(() => null);
        if (pid !== null && !killed.has(pid)) {
          killed.add(pid);
          process.kill(pid, 'SIGKILL');
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const response of await pending) {
        expect([200, 500]).toContain(response.status);
        const body = await response.json();
        if (response.status === 500)
          expect(body).toMatchObject({ type: 'urn:graft:problem:inference-crashed' });
      }
      await predicted(server, 'squeezenet', picture);
    } finally {
      await server.remove();
    }
  });

  it('moves an alias from model to model without failing a request', async () => {
    const server = await startServer(predicting());
    try {
      await uploadModel(server, 'first');
      await uploadModel(server, 'second');
      const move = async (model: string) => {
        const body = JSON.stringify({ model });
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${server.url}/api/aliases/production`, {
          method: 'PUT',
          body,
          headers,
        });
        expect(response.ok).toBe(true);
      };
      await move('first');
      const infer = JSON.stringify({
        inputs: [
          {
            name: await inputName(server),
            shape: [1],
            datatype: 'BYTES',
            data: [Buffer.from(picture).toString('base64')],
          },
        ],
      });
      const moving = (async () => {
        for (let round = 0; round < 10; round++) await move(round % 2 ? 'first' : 'second');
      })();
      const names = await atOnce(8, 120, async () => {
        const url = `${server.url}/v2/models/production/infer`;
        const response = await post(url, infer, 'application/json');
        expect(response.status).toBe(200);
        return ((await response.json()) as { model_name: string }).model_name;
      });
      await moving;
      expect(new Set(names)).toEqual(new Set(['first', 'second']));
    } finally {
      await server.remove();
    }
  });
});

/** The process that predicts. */
async function inferencePid({ pid }: TestServer): Promise<number> {
  for (const child of (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('inference-process')) return Number(child);
  }
  throw new Error('Expected an inference process.');
}

async function uploadModel(server: TestServer, name: string): Promise<void> {
  const zip = new yazl.ZipFile();
  for (const file of ['model.json', 'weights.bin']) {
    zip.addBuffer(await readFile(join(builtIn, 'models', 'iconnet', file)), file);
  }
  zip.end();
  const headers = { 'content-type': 'application/zip' };
  const response = await fetch(`${server.url}/api/models/${name}`, {
    method: 'PUT',
    headers,
    body: await buffer(zip.outputStream),
  });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
}

async function inputName(server: TestServer): Promise<string> {
  const response = await fetch(`${server.url}/v2/models/production`);
  return ((await response.json()) as { inputs: [{ name: string }] }).inputs[0].name;
}
