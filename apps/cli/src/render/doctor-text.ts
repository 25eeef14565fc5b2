import type { DoctorResult } from '../json-schemas.js';
import type { Colors } from '../terminal.js';
import { harmless } from '../terminal-text.js';
import { columns } from './columns.js';

export function doctorText({ node, platform, backends }: DoctorResult, colors: Colors): string {
  const rows = backends.map(({ name, usable, reason, selfTest, version }) => [
    name,
    usable ? colors.green('usable') : colors.yellow('not usable'),
    version ?? '',
    usable
      ? 'one gradient step gives the numbers that it must'
      : harmless(`${reason}${selfTest === 'failed' ? ' (self-test)' : ''}`),
  ]);
  return [`node ${node} on ${platform}`, columns(rows, ['left', 'left', 'left', 'left'])].join('\n');
}
