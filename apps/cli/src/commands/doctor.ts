import { type BackendReport, tryBackend } from '@graft/core';
import { candidates } from '../backend.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';
import type { DoctorResult } from '../json-schemas.js';
import { doctorText } from '../render/doctor-text.js';

export async function runDoctor({ terminal, interrupt }: CommandContext): Promise<number> {
  const backends: BackendReport[] = [];
  for (const candidate of candidates) {
    interrupt.signal.throwIfAborted();
    backends.push(await tryBackend(candidate));
  }
  const result: DoctorResult = {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    backends,
  };
  terminal.result(result, (colors) => doctorText(result, colors));
  return exitCodes.ok;
}
