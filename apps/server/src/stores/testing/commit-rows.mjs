// A process that makes commit after commit, for tests that kill it. FOLDER holds its store.
// Prints each number after its commit was acknowledged.
import { writeSync } from 'node:fs';
import { coreErrorsOnly } from './core-errors-only.mjs';

coreErrorsOnly();
const { openSqliteRecords } = await import('../../../dist/stores/sqlite-records.js');
const records = await openSqliteRecords(process.env.FOLDER).catch((error) => {
  process.stdout.write(`${error.code}\n`);
  process.exit(2);
});
const key = (id) => ({ kind: 'kill', tenant: 'ada', id });
const total = (await records.get(key('total'))) ?? (await records.commit([change('create', 'total', 0)]))[0];

function change(type, id, body, ifVersion) {
  return { type, key: key(id), state: null, body, ...(ifVersion && { ifVersion }) };
}

writeSync(1, 'ready\n');
for (let n = total.body + 1, { version } = total; ; n++, version++) {
  await records.commit([
    change('create', `row-${n}`, 'x'.repeat((n % 7) * 3_000)),
    change('update', 'total', n, version),
    { type: 'append', stream: 'kill', entries: [n] },
  ]);
  writeSync(1, `${n}\n`);
}
