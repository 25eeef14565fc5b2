import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const startMilliseconds = 60_000;
const programs = { server: 'main.js', worker: 'worker-main.js' };

/**
 * Starts `graft-server` or `graft-worker` as built, and waits until it is ready.
 *
 * @param kind 'server' or 'worker'
 * @param logPath where its log is appended
 */
export async function startProgram(kind, flags, logPath) {
  const program = fileURLToPath(import.meta.resolve('@graft/server')).replace('index.js', programs[kind]);
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'ignore', 'pipe'], env });
  const log = createWriteStream(logPath, { flags: 'a' });
  child.stderr.pipe(log);
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line).url ?? null);
    });
  });
  const failed = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`Expected a ${kind}. It ended with ${code ?? signal}; see ${logPath}.`);
  });
  failed.catch(() => {});
  const late = sleep(startMilliseconds, null, { ref: false }).then(() => {
    throw new Error(`Expected a ${kind} within ${startMilliseconds} ms; see ${logPath}.`);
  });
  late.catch(() => {});
  const url = await Promise.race([ready, failed, late]);
  return {
    url,
    pid: child.pid,
    alive: () => child.exitCode === null && child.signalCode === null,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    },
  };
}
