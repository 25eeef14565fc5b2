#!/usr/bin/env node
/**
 * Takes PostgreSQL, S3 and the disk away while jobs run. See README.md.
 *
 *     node tooling/soak/outages.mjs --seconds 5
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
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
    seconds: { type: 'string', default: '5' },
    /** Some of postgres,s3,disk */
    only: { type: 'string', default: 'postgres,s3,disk' },
  },
});
const seconds = Number(values.seconds);
/** Long enough to be still at it when the outage begins. */
const longEpochs = 400;
/** After an outage, everything answers again within so long. */
const mostRecoverySeconds = 15;
const outages = { postgres: postgresStops, s3: s3Answers500, disk: diskFills };

const folder = await mkdtemp(join(tmpdir(), 'graft-outages-'));
const figures = {};
for (const name of values.only.split(',')) figures[name] = await outages[name]();
const ok = Object.values(figures).every((figure) => figure === 'skipped' || figure.ok);
if (ok) await rm(folder, { recursive: true, force: true });
else console.error(`logs and data: ${folder}`);
console.log(JSON.stringify({ ok, seconds, ...figures }));
process.exit(ok ? 0 : 1);

async function postgresStops() {
  const postgres = await startPostgres();
  const flags = ['--data', join(folder, 'postgres'), '--database', postgres.url];
  const programs = [
    await startProgram(
      'server',
      [...flags, '--port', '0', '--jobs', '0'],
      join(folder, 'postgres-server.log'),
    ),
    await startProgram('worker', flags, join(folder, 'postgres-worker.log')),
  ];
  const outage = { begin: () => postgres.stop(), end: () => postgres.start(), refusal: 503 };
  const figure = await through(programs, outage);
  await postgres.remove();
  return figure;
}

async function s3Answers500() {
  const s3 = await startS3();
  if (!s3) return 'skipped';
  const flags = ['--data', join(folder, 's3'), '--bucket', s3.bucket, '--port', '0'];
  const programs = [await startProgram('server', flags, join(folder, 's3-server.log'))];
  const set = (broken) => async () => {
    s3.state.broken = broken;
  };
  // Jobs are rows, and rows are elsewhere: they are accepted all the same.
  const figure = await through(programs, {
    begin: set(true),
    end: set(false),
    refusal: 503,
    takesJobs: true,
  });
  await s3.stop();
  return { ...figure, answered500: s3.state.refused };
}

async function diskFills() {
  const data = join(folder, 'disk');
  await mkdir(data);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'graft-soak', data], { stdio: 'ignore' });
  } catch {
    return 'skipped'; // no right to mount
  }
  try {
    const flags = ['--data', data, '--port', '0'];
    const programs = [await startProgram('server', flags, join(folder, 'disk-server.log'))];
    const filler = join(data, 'filler');
    return await through(programs, {
      begin: () => fill(filler),
      end: () => rm(filler),
      refusal: 507,
      reads: true,
    });
  } finally {
    execFileSync('umount', ['--lazy', data]);
  }
}

/**
 * Some jobs before the outage, one that trains while it begins, and what is asked meanwhile.
 *
 * @param refusal status of an upload during the outage
 * @param takesJobs whether jobs are accepted during the outage; @param reads whether `/readyz` stays 200
 */
async function through(programs, { begin, end, refusal, takesJobs = false, reads = false }) {
  const client = new Client(() => programs[0].url);
  const ask = async (path, init) =>
    (await fetch(`${programs[0].url}${path}`, init).catch(() => null))?.status ?? 0;
  const file = await client.upload();
  const { id: first } = await client.submit(file, 0, longEpochs);
  const { result } = await client.over(first);
  const jobs = [first];
  for (let job = 0; job < 3; job++) jobs.push((await client.submit(file, 0, longEpochs)).id);
  while (!(await client.events(jobs[1])).some(({ type }) => type === 'phase')) await sleep(100);

  await begin();
  const during = { livez: await ask('/livez') };
  during.readyz = await ask('/readyz');
  during.upload = await uploadStatus(programs[0].url);
  const late = client.submit(file, 0, longEpochs); // is sent again and again until it is taken
  await sleep(seconds * 1000);
  await end();
  const since = performance.now();
  while ((await ask('/readyz')) !== 200 || (await uploadStatus(programs[0].url)) !== 200) await sleep(100);
  const recoverySeconds = (performance.now() - since) / 1000;

  jobs.push((await late).id);
  const checked = await checkJobs(
    client,
    jobs.map((id) => ({ id, seed: 0 })),
    [result.weightsHash],
  );
  const alive = programs.every((program) => program.alive());
  for (const program of programs) await program.end('SIGTERM');
  const clear =
    during.livez === 200 &&
    during.readyz === (reads ? 200 : 503) &&
    during.upload === refusal &&
    (takesJobs || (client.refusals[refusal] ?? 0) > 0);
  const ok = sound(checked) && alive && clear && recoverySeconds <= mostRecoverySeconds;
  return { ok, ...checked, during, recoverySeconds: Number(recoverySeconds.toFixed(1)) };
}

async function uploadStatus(url) {
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  // Other bytes each time: what is there already needs no room.
  form.set('file', new Blob([`a,b,label\n${Math.random()},1,x\n0,${Math.random()},y\n`]), 'table.csv');
  return (await fetch(`${url}/v1/files`, { method: 'POST', body: form }).catch(() => null))?.status ?? 0;
}

/** Writes until nothing more goes on the disk. */
async function fill(path) {
  const file = await open(path, 'w');
  for (let bytes = 2 ** 20; bytes >= 1; ) {
    const { bytesWritten } = await file.write(Buffer.alloc(bytes)).catch(() => ({ bytesWritten: 0 }));
    if (bytesWritten === 0) bytes /= 2;
  }
  await file.close();
}
