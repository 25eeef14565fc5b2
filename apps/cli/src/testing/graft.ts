import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { shared } from './fixtures.js';

/** The built terminal program. */
export const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Backends that process tests run on; GRAFT_BACKENDS=tensorflow,wasm,cpu chooses others. */
export const backends: readonly string[] = (process.env.GRAFT_BACKENDS ?? 'wasm').split(',');

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  /** Resolves when a line of stderr holds the text. */
  readonly seen: (text: string) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly done: Promise<Outcome>;
}

/** Starts `graft` as a process, in the folder of the shared models and data. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: shared,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const check of waiting) check();
  });
  const done = new Promise<Outcome>((resolve) => {
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  const seen = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!stderr.includes(text)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      done.then(() => reject(new Error(`ended before "${text}": ${stderr}${stdout}`)));
      check();
    });
  return { pid: child.pid ?? -1, seen, kill: (signal) => child.kill(signal), done };
}

export const graft = (...args: readonly string[]): Promise<Outcome> => start(args).done;

/** A path for a run, gone when the test ends. */
export async function newRun(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-run-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'run');
}
