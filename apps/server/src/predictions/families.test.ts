import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../testing/server.js';
import { post, predicted, predicting, somePictures } from './testing/asking.js';

const run = promisify(execFile);
const python = process.env.GRAFT_PYTHON;

describe('the inference families', () => {
  let server: TestServer;
  let picture: Uint8Array;
  beforeAll(async () => {
    server = await startServer(predicting());
    picture = (await somePictures(1))[0] as Uint8Array;
  });
  afterAll(() => server.remove());

  it('answer the same over all of them', async () => {
    const b64 = Buffer.from(picture).toString('base64');
    const plain = (await predicted(server, 'squeezenet', picture)).predictions;
    const v1 = `${server.url}/v1/models/squeezenet`;
    const classified = await post(`${v1}:classify`, JSON.stringify({ examples: [{ image: { b64 } }] }));
    const { results } = (await classified.json()) as { results: [[string, number][]] };
    expect(results[0]).toEqual(plain.map(({ label, probability }) => [label, probability]));
    const sorted = plain.map(({ probability }) => probability);
    const rows = await post(`${v1}:predict`, JSON.stringify({ instances: [{ b64 }] }));
    const { predictions } = (await rows.json()) as { predictions: [number[]] };
    expect(predictions[0].toSorted((a, b) => b - a)).toEqual(sorted);
    const columns = await post(`${v1}/versions/1:predict`, JSON.stringify({ inputs: [{ b64 }] }));
    expect(await columns.json()).toEqual({ outputs: predictions });
  });

  it('describe a model', async () => {
    const get = async (path: string) => (await fetch(server.url + path)).json();
    expect(await get('/v1/models/squeezenet')).toEqual({
      model_version_status: [
        { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
      ],
    });
    expect(await get('/v1/models/squeezenet/metadata')).toMatchObject({
      model_spec: { name: 'squeezenet', version: '1' },
      metadata: {
        signature_def: {
          signature_def: { serving_default: { inputs: { data: { dtype: 'DT_FLOAT' } } } },
        },
      },
    });
    expect(await get('/v2/models/squeezenet/versions/1')).toEqual({
      name: 'squeezenet',
      versions: ['1'],
      platform: 'tensorflow_js',
      inputs: [{ name: 'data', datatype: 'FP32', shape: [-1, 227, 227, 3] }],
      outputs: [{ name: 'prob', datatype: 'FP32', shape: [-1, 1000] }],
    });
  });

  it.each([
    ['/v1/models/none', 404],
    ['/v1/models/squeezenet/versions/2', 404],
    ['/v2/models/none', 404],
    ['/v2/models/NO', 404],
    ['/v2/models/none/ready', 404],
  ])('say as text what is wrong: %s', async (path, status) => {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ status, error: expect.stringMatching(/^Expected /) });
  });

  it.each([
    ['/v1/models/squeezenet:predict', '{"instances": [[1, 2]]}', 422],
    ['/v1/models/squeezenet:predict', '{"instances": [[1], [1, 2]]}', 400],
    ['/v1/models/squeezenet:predict', '{"instances": [{"b64": "AAAA"}]}', 422],
    ['/v1/models/squeezenet:predict', '{', 400],
    ['/v1/models/squeezenet:classify', '{"examples": [{"data": [1, 2]}]}', 422],
    ['/v2/models/squeezenet/infer', '{"inputs": []}', 400],
    ['/v2/models/squeezenet/infer', '', 400],
  ])('refuse what can not be: %s %s', async (path, body, status) => {
    const response = await post(server.url + path, body, 'application/json');
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, error: expect.stringMatching(/^Expected /) });
  });

  it.skipIf(!python)('are what tritonclient expects (skipped without GRAFT_PYTHON)', async () => {
    const script = fileURLToPath(new URL('../../clients/triton.py', import.meta.url));
    const path = join(server.data, 'picture.png');
    await writeFile(path, picture);
    const { host } = new URL(server.url);
    const { stdout } = await run(python as string, [script, host, 'squeezenet', path]);
    expect(stdout.trim()).toBe('ok');
  });
});
