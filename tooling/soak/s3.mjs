import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** moto's server with an empty bucket, behind a proxy that can be told to answer 500. Null, where there is no moto. */
export async function startS3() {
  const program = process.env.GRAFT_MOTO;
  if (!program) return null;
  const port = await freePort();
  const target = `http://127.0.0.1:${port}`;
  const moto = spawn(program, ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  const create = () =>
    fetch(`${target}/graft`, { method: 'PUT' }).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await create())) await sleep(200);
  const state = { broken: false, refused: 0 };
  const proxy = createServer((incoming, answer) => {
    if (state.broken) {
      state.refused++;
      incoming.resume().on('end', () => answer.writeHead(500).end());
      return;
    }
    const { method, url, headers } = incoming;
    const outgoing = request(new URL(url, target), { method, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    state,
    bucket: `s3://graft?endpoint=http://127.0.0.1:${proxy.address().port}&region=us-east-1&path-style=true`,
    stop: async () => {
      proxy.close();
      proxy.closeAllConnections();
      const exit = once(moto, 'exit');
      moto.kill('SIGKILL');
      await exit;
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
