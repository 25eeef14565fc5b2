import type { Interrupt } from './interrupt.js';
import type { Terminal } from './terminal.js';

/** What every command is given beside its arguments. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly interrupt: Interrupt;
}
