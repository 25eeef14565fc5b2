#!/usr/bin/env node
/**
 * Kills servers and workers with SIGKILL while jobs arrive. See README.md.
 *
 *     node tooling/soak/chaos.mjs --kills 10 --store sqlite
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkJobs, sound } from './check-jobs.mjs';
import { Client } from './client.mjs';
import { startPostgres } from './postgres.mjs';
import { startProgram } from './programs.mjs';
import { startS3 } from './s3.mjs';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    /** sqlite, postgres, or postgres-s3 */
    store: { type: 'string', default: 'sqlite' },
    /** Of the random moments of kills. */
    seed: { type: 'string', default: '1' },
  },
});
const kills = Number(values.kills);
const seeds = 5;
const most = 4; // jobs that wait or run
const random = randomNumbers(Number(values.seed));

const folder = await mkdtemp(join(tmpdir(), 'graft-chaos-'));
const postgres = values.store === 'sqlite' ? null : await startPostgres();
const s3 = values.store === 'postgres-s3' ? await startS3() : null;
if (values.store === 'postgres-s3' && !s3) throw new Error('Expected GRAFT_MOTO. See tooling/server-parts.');

const flags = [
  ...['--data', join(folder, 'data')],
  ...(postgres ? ['--database', postgres.url] : []),
  ...(s3 ? ['--bucket', s3.bucket] : []),
];
const roles = postgres
  ? [
      ['server', [...flags, '--port', '0', '--jobs', '0']],
      ['worker', [...flags, '--jobs', '1']],
      ['worker', [...flags, '--jobs', '1']],
    ]
  : [['server', [...flags, '--port', '0', '--jobs', '2']]];
const begin = (role) => startProgram(roles[role][0], roles[role][1], join(folder, `${role}.log`));

const running = [];
for (const role of roles.keys()) running[role] = await begin(role);
const client = new Client(() => running[0].url);

// What comes out where nothing is disturbed, and how long it takes.
const file = await client.upload();
const hashes = [];
const since = performance.now();
for (let seed = 0; seed < seeds; seed++) {
  hashes[seed] = (await client.over((await client.submit(file, seed)).id)).result.weightsHash;
}
let jobSeconds = (performance.now() - since) / 1000 / seeds;
const before = (await client.all('/v1/fine_tuning/jobs')).map(({ id }, index) => ({
  id,
  seed: seeds - 1 - index,
}));

const accepted = [];
let arriving = true;
const arrivals = (async () => {
  for (let number = 0; arriving; number++) {
    const seed = number % seeds;
    accepted.push({ id: (await client.submit(file, seed)).id, seed });
    while (arriving && (await waiting()) >= most) await sleep(300);
  }
})();

for (let kill = 1; kill <= kills; kill++) {
  // A process is killed as often, however many there are.
  await sleep((1000 * jobSeconds * (0.1 + 3.9 * random())) / roles.length);
  const role = Math.floor(random() * roles.length);
  await running[role].end('SIGKILL');
  running[role] = await begin(role);
  if (kill % 10 !== 0) continue;
  jobSeconds = await lastJobSeconds();
  console.error(`${kill} kills, ${accepted.length} jobs, ${jobSeconds.toFixed(1)} s each`);
}
arriving = false;
await arrivals;
const figures = await checkJobs(client, [...before, ...accepted], hashes);
const alive = running.every((program) => program.alive());
for (const program of running) await program.end('SIGTERM');
await s3?.stop();
await postgres?.remove();

const ok = sound(figures) && alive;
if (ok) await rm(folder, { recursive: true, force: true });
else console.error(`logs and data: ${folder}`);
const { store } = values;
const seconds = Math.round((performance.now() - since) / 1000);
console.log(
  JSON.stringify({ ok, store, kills, ...figures, jobSeconds: Number(jobSeconds.toFixed(1)), seconds }),
);
process.exit(ok ? 0 : 1);

async function waiting() {
  const jobs = await client.call('GET', '/v1/fine_tuning/jobs?limit=20');
  return jobs.data.filter(({ status }) => status === 'queued' || status === 'running').length;
}

/**
 * How long a job takes now: on a machine with other work that changes, and where every kill comes before a job's end
 * nothing is shown but kills.
 */
async function lastJobSeconds() {
  const { data } = await client.call('GET', '/v1/fine_tuning/jobs?limit=20');
  const job = data.find(({ status }) => status === 'succeeded');
  if (!job) return 2 * jobSeconds;
  const events = await client.call('GET', `/v1/fine_tuning/jobs/${job.id}/events?limit=1000`);
  const begin = events.data.find((event) => event.data.type === 'running'); // of its last attempt: newest come first
  return Math.max(1, job.finished_at - begin.created_at);
}

/** mulberry32: numbers from 0 to 1 that are the same for the same seed. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
