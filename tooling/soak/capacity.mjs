#!/usr/bin/env node
/**
 * What a job costs, in seconds of one core, from Linux's own account: it holds on a busy machine too. See README.md.
 *
 *     node tooling/soak/capacity.mjs --jobs 10
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from './client.mjs';
import { photosZip } from './photos.mjs';
import { startPostgres } from './postgres.mjs';
import { startProgram } from './programs.mjs';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10' },
    model: { type: 'string', default: 'iconnet' },
    pictures: { type: 'string', default: '100' },
    epochs: { type: 'string', default: '20' },
    /** sqlite or postgres */
    store: { type: 'string', default: 'sqlite' },
  },
});
const [jobs, pictures, epochs] = [values.jobs, values.pictures, values.epochs].map(Number);
const ticksASecond = 100; // USER_HZ

const folder = await mkdtemp(join(tmpdir(), 'graft-capacity-'));
const postgres = values.store === 'postgres' ? await startPostgres() : null;
const database = postgres ? ['--database', postgres.url] : [];
const flags = ['--data', join(folder, 'data'), '--port', '0', ...database];
const server = await startProgram('server', flags, join(folder, 'server.log'));
const client = new Client(() => server.url);
const file = await client.upload(photosZip(pictures / 2));
const run = async () => client.over((await client.submit(file, 0, epochs, values.model)).id);

await run(); // the first one reads everything from the disk
const before = await processorSeconds(server.pid);
for (let job = 0; job < jobs; job++) await run();
const after = await processorSeconds(server.pid);
await server.end('SIGTERM');
await postgres?.remove();
await rm(folder, { recursive: true, force: true });

const jobSeconds = (after.children - before.children) / jobs;
const serverSeconds = (after.own - before.own) / jobs;
const { model, store } = values;
const jobsPerCoreHour = Math.floor(3600 / (jobSeconds + serverSeconds));
console.log(
  JSON.stringify({ model, pictures, epochs, store, jobs, jobSeconds, serverSeconds, jobsPerCoreHour }),
);

/** Of a process, and of its children that are over. */
async function processorSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childUser, childSystem] = fields
    .slice(11, 15)
    .map((ticks) => Number(ticks) / ticksASecond);
  return { own: user + system, children: childUser + childSystem };
}
