// A process that writes run after run over the same directory, for tests that kill it.
// OUT, FIRST (number of the first run), KILL_AT (dies before this call to the file system; 0: never).
import fs from 'node:fs/promises';
import { register, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

// All that writing needs of core is its error; loading TensorFlow.js fifty times would take a minute.
const errors = new URL('../../../core/dist/errors.js', import.meta.url);
const hook = `export const resolve = (name, context, next) =>
  name === '@graft/core' ? { url: '${errors}', shortCircuit: true } : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const { OUT, FIRST, KILL_AT } = process.env;
let calls = 0;
for (const name of ['mkdir', 'open', 'readdir', 'rename', 'rm', 'writeFile']) {
  const original = fs[name];
  fs[name] = (...args) => {
    if (++calls === Number(KILL_AT)) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();

const { writeRun } = await import('../../dist/write-run.js');
process.stdout.write('ready\n');
for (let n = Number(FIRST); ; n++) {
  await writeRun(OUT, { overwrite: true }, async ({ path }) => {
    for (const name of ['model.json', 'a.bin', 'b.bin', 'run.json']) {
      await fs.writeFile(join(path, name), String(n).repeat(20_000));
    }
  });
  if (Number(KILL_AT)) process.exit(0); // one whole run was written before that call came
}
