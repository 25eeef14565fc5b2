import { join } from 'node:path';
import { run } from './process.mjs';

/** `turbo run`, which skips every task whose inputs it has seen before. */
export function turbo(root, parameters, options = {}) {
  const program = join(root, 'node_modules/turbo/bin/turbo');
  const env = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', TURBO_UI: 'stream' };
  return run(process.execPath, [program, 'run', ...parameters], { cwd: root, env, ...options });
}
