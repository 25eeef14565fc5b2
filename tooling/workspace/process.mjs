import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { SetupError } from './ground.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM'];

/**
 * Runs a program to its end with the workspace's own programs first on the PATH.
 * A signal goes to the program and then ends the whole command with the usual 128 + number.
 *
 * @param {string} command
 * @param {string[]} parameters
 * @param {{ cwd: string, env?: Record<string, string>, show?: boolean }} options `show`: pass the output on as it comes
 * @returns {Promise<{ status: number, output: string }>} both streams in `output`, empty with `show`
 */
export function run(command, parameters, { cwd, env, show = false }) {
  const path = [join(cwd, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const stream = show ? 'inherit' : 'pipe';
  const child = spawn(command, parameters, {
    cwd,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', stream, stream],
  });
  let output = '';
  for (const source of [child.stdout, child.stderr]) {
    source?.on('data', (chunk) => {
      output += chunk;
    });
  }
  let received = null;
  const forward = (signal) => {
    received = signal;
    // A terminal sends Ctrl-C to the child as well.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);

  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(
        new SetupError(
          `Expected to run ${command}. Received ${error.message}. Try installing Node.js with npm.`,
        ),
      );
    });
    child.on('close', (status, signal) => {
      for (const name of SIGNALS) process.off(name, forward);
      const end = received ?? signal;
      if (end) reject(new SetupError('', 128 + constants.signals[end]));
      else resolve({ status, output });
    });
  });
}
