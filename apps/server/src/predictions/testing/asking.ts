import { labelPicture } from '../../testing/pictures-zip.js';
import type { TestServer, TestServerOptions } from '../../testing/server.js';

/** A server that only predicts, on the backend that is there everywhere. */
export function predicting(...flags: string[]): TestServerOptions {
  return { flags: ['--backend', 'wasm', '--jobs', '0', ...flags] };
}

/** So many different pictures, of two labels in turn. */
export function somePictures(count: number): Promise<Uint8Array[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => labelPicture(index % 2 ? 'night' : 'day', index * 3)),
  );
}

export interface Labelled {
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

export function post(url: string, body: Uint8Array | string, type = 'image/png'): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
}

/** Labels for a picture; anything but 200 is an error. */
export async function predicted(server: TestServer, model: string, picture: Uint8Array): Promise<Labelled> {
  const response = await post(`${server.url}/api/models/${model}/predict`, picture);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json() as Promise<Labelled>;
}

/** Asks so many times at once, and on until all are asked. */
export async function atOnce<T>(
  connections: number,
  total: number,
  ask: (index: number) => Promise<T>,
): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const connection = async () => {
    while (next < total) {
      const index = next++;
      answers[index] = await ask(index);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return answers;
}
