import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** What happens to a request instead of its answer; `null`: nothing, it is passed on. */
export type Fault = 'status-500' | 'status-503' | 'cut' | 'cut-answer' | 'silence' | null;

export interface FaultyProxy {
  readonly endpoint: string;
  /** Of the next requests, one each; afterwards all are passed on. */
  faults: Fault[];
  readonly requests: IncomingMessage[];
}

/** Stands before an HTTP server and spoils some of its answers; goes when the test ends. */
export async function faultyProxy(target: string): Promise<FaultyProxy> {
  const proxy = { endpoint: '', faults: [] as Fault[], requests: [] as IncomingMessage[] };
  const server = createServer((incoming, answer) => {
    proxy.requests.push(incoming);
    const fault = proxy.faults.shift() ?? null;
    if (fault === null || fault === 'cut-answer') return passOn(target, incoming, answer, fault !== null);
    incoming.resume();
    if (fault === 'cut') answer.destroy();
    if (fault.startsWith('status')) incoming.on('end', () => answer.writeHead(Number(fault.slice(-3))).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  proxy.endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return proxy;
}

function passOn(target: string, incoming: IncomingMessage, answer: ServerResponse, cut: boolean): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const outgoing = request(new URL(url, target), { method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 500, response.headers);
    if (cut) {
      response.once('data', (chunk: Buffer) =>
        answer.write(chunk.subarray(0, 1_000), () => answer.destroy()),
      );
    } else response.pipe(answer);
  });
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
}
