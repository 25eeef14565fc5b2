#!/usr/bin/env node
import { CommanderError } from 'commander';
import { globalFlagsIn } from './global-flags.js';
import { type Interrupt, listenForInterrupt } from './interrupt.js';
import { parseError } from './parse-errors.js';
import { createProgram } from './program.js';
import { createTerminal } from './terminal.js';

const argv = process.argv.slice(2);
const terminal = createTerminal(globalFlagsIn(argv));
let interrupt: Interrupt | null = null;

quietenSurroundings();
const program = createProgram(
  () => {
    interrupt = listenForInterrupt();
    return { terminal, interrupt };
  },
  (exitCode) => {
    process.exitCode = exitCode;
  },
);
for (const command of [program, ...program.commands]) {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.text(text),
    writeErr: () => {}, // parse errors are shown below
  });
}
try {
  await program.parseAsync(argv, { from: 'user' });
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    if (error.exitCode !== 0) process.exitCode = terminal.fail(parseError(error)); // else help or version was shown
    return;
  }
  const exitCode = terminal.fail(error);
  process.exitCode = exitCode === 130 ? (interrupt?.exitCode ?? exitCode) : exitCode;
}

/** stdout is for results: what libraries print goes nowhere, and a reader who leaves early (`| head`) is no error. */
function quietenSurroundings(): void {
  for (const level of ['log', 'info', 'debug', 'warn'] as const) console[level] = () => {};
  process.noDeprecation = true; // tfjs-node's dependencies use what newer Nodes deprecate
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
}
