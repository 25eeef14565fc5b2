// Starts graft-server as it was installed, and asks it for a prediction of a base and for its page.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { graftClient } from '@graft/server/client';

const server = spawn('node_modules/.bin/graft-server', ['--port', '0', '--data', 'server-data'], {
  stdio: ['ignore', 'inherit', 'pipe'],
});
try {
  const url = await new Promise((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    createInterface({ input: server.stderr }).on('line', (line) => {
      const { msg, url } = JSON.parse(line);
      if (msg === 'ready') resolve(url);
    });
  });
  const page = await (await fetch(url)).text();
  if (!page.includes('page.js')) throw new Error(`Expected the page. Received ${page.slice(0, 200)}`);
  const [picture] = readdirSync('pictures/disc');
  const { predictions } = await graftClient(url).predict(
    'iconnet',
    new Blob([readFileSync(`pictures/disc/${picture}`)]),
    { top: 1 },
  );
  console.log(predictions[0].label);
} finally {
  server.kill('SIGTERM');
}
