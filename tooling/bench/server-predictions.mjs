// Predictions while jobs train: errors, results, memory, event loop. DIR holds a folder of JPEGs for each label.
// node tooling/bench/server-predictions.mjs --pictures DIR [--requests 10000] [--model squeezenet]
//   [--connections 32] [--jobs 2] [--flags "--batch-ms 4"]
// Prints JSON; exit code 1 if a bar of the hosted API is missed.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    pictures: { type: 'string' },
    requests: { type: 'string', default: '10000' },
    connections: { type: 'string', default: '32' },
    jobs: { type: 'string', default: '2' },
    model: { type: 'string', default: 'squeezenet' },
    flags: { type: 'string', default: '' },
  },
});
if (!flags.pictures) throw new Error('Expected --pictures DIR with a folder of pictures for each label.');
const total = Number(flags.requests);
const jobs = Number(flags.jobs);
const program = (path) => fileURLToPath(new URL(`../../apps/${path}/dist/main.js`, import.meta.url));

const pictures = await picturesOf(flags.pictures, 20);
const asked = pictures.slice(0, 64);
const expected = await answersOfTerminal(asked.map(({ path }) => path));
const data = await mkdtemp(join(tmpdir(), 'graft-bench-'));
const server = await startServer();
try {
  const file = await upload(await zipOf(pictures));
  const training = keepTraining(file);
  await training.started;
  const figures = await predictAll();
  figures.jobsFinished = await training.stop();
  console.log(JSON.stringify(figures, null, 2));
  process.exitCode = missed(figures).length === 0 ? 0 : 1;
  for (const bar of missed(figures)) console.error(`missed: ${bar}`);
} finally {
  server.child.kill('SIGKILL');
  await once(server.child, 'exit');
  await rm(data, { recursive: true, force: true });
}

/** All requests over so many connections, each sending its next when it has an answer. */
async function predictAll() {
  const agent = new Agent({ keepAlive: true, maxSockets: Number(flags.connections) });
  const seconds = new Float64Array(total);
  const memory = [];
  const problems = new Map();
  let largestDifference = 0;
  let otherLabels = 0;
  let next = 0;
  let done = 0;
  await post(agent, asked[0].bytes); // loads the model
  const inference = await inferencePid();
  const before = { server: await cpuSeconds(server.child.pid), inference: await cpuSeconds(inference) };
  await metric('nodejs_eventloop_lag_p99_seconds'); // which begins to measure anew
  const live = watchLive();
  const begin = performance.now();

  async function connection() {
    while (next < total) {
      const index = next++;
      const sent = performance.now();
      const { status, body } = await post(agent, asked[index % asked.length].bytes);
      seconds[index] = (performance.now() - sent) / 1000;
      if (status === 200) compare(JSON.parse(body).predictions, expected[index % asked.length]);
      else problems.set(`${status}`, (problems.get(`${status}`) ?? 0) + 1);
      if (done++ % 20 === 0) {
        memory.push({
          done,
          server: await residentMB(server.child.pid),
          inference: await residentMB(inference),
        });
      }
    }
  }

  function compare(received, wanted) {
    if (received[0].label !== wanted[0].label) otherLabels++;
    const probabilities = new Map(received.map(({ label, probability }) => [label, probability]));
    for (const { label, probability } of wanted) {
      const difference = Math.abs(probability - (probabilities.get(label) ?? 0));
      largestDifference = Math.max(largestDifference, difference);
    }
  }

  await Promise.all(Array.from({ length: Number(flags.connections) }, connection));
  const wall = (performance.now() - begin) / 1000;
  const eventLoop = await metric('nodejs_eventloop_lag_p99_seconds');
  agent.destroy();
  return {
    model: flags.model,
    requests: total,
    connections: Number(flags.connections),
    jobsAtOnce: jobs,
    errors: Object.fromEntries(problems),
    otherLabels,
    largestDifference,
    predictionsPerSecond: round(total / wall),
    latencyMs: quantiles(seconds),
    cpuMsPerPrediction: {
      server: round(((await cpuSeconds(server.child.pid)) - before.server) * (1000 / total)),
      inference: round(((await cpuSeconds(inference)) - before.inference) * (1000 / total)),
    },
    memoryMB: growth(memory),
    eventLoopP99Ms: round(eventLoop * 1000),
    liveMs: quantiles(await live.stop()),
  };
}

function missed({ errors, otherLabels, largestDifference, memoryMB, eventLoopP99Ms, liveMs }) {
  return [
    Object.keys(errors).length > 0 && `no errors; received ${JSON.stringify(errors)}`,
    (otherLabels > 0 || largestDifference > 1e-5) && 'the answers of graft predict, within 1e-5',
    memoryMB.server.growth > 0.05 && 'memory of the server grows by at most 5 %',
    memoryMB.inference.growth > 0.05 && 'memory of inference grows by at most 5 %',
    eventLoopP99Ms > 50 && 'event loop p99 <= 50 ms',
    liveMs.p99 > 100 && '/livez p99 <= 100 ms',
  ].filter(Boolean);
}

/** Mean of the first tenth of all requests (a thousand of ten thousand) and of the last one. */
function growth(memory) {
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  return Object.fromEntries(
    ['server', 'inference'].map((name) => {
      const first = mean(memory.filter(({ done }) => done <= total / 10).map((sample) => sample[name]));
      const last = mean(memory.filter(({ done }) => done > total * 0.9).map((sample) => sample[name]));
      return [name, { first: round(first), last: round(last), growth: round(last / first - 1, 4) }];
    }),
  );
}

/** Keeps so many jobs running: as one ends, the next is sent. */
function keepTraining(file) {
  let stopped = false;
  let finished = 0;
  async function one(seed) {
    for (let round = 0; !stopped; round++) {
      const { id } = await json('/v1/fine_tuning/jobs', {
        model: 'squeezenet',
        training_file: file,
        seed: seed + round * jobs,
      });
      for (let status = 'queued'; !stopped && !['succeeded', 'failed'].includes(status); ) {
        await sleep(500);
        ({ status } = await json(`/v1/fine_tuning/jobs/${id}`));
        if (status === 'failed') throw new Error(`Expected job ${id} to succeed.`);
        if (status === 'succeeded') finished++;
      }
    }
  }
  const work = Promise.all(Array.from({ length: jobs }, (_, seed) => one(seed)));
  work.catch(() => {}); // thrown by stop
  return {
    started: sleep(jobs > 0 ? 3000 : 0),
    stop: async () => {
      stopped = true;
      await work;
      return finished;
    },
  };
}

function watchLive() {
  const seconds = [];
  let stopped = false;
  const work = (async () => {
    while (!stopped) {
      const sent = performance.now();
      await (await fetch(`${server.url}/livez`)).text();
      seconds.push((performance.now() - sent) / 1000);
      await sleep(50);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await work;
      return seconds;
    },
  };
}

function post(agent, bytes) {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${server.url}/api/models/${flags.model}/predict?top=5`,
      { agent, method: 'POST', headers: { 'content-type': 'image/jpeg', 'content-length': bytes.length } },
      async (response) => resolve({ status: response.statusCode, body: `${await buffer(response)}` }),
    );
    sent.once('error', reject);
    sent.end(bytes);
  });
}

async function json(path, body) {
  const init = body && {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  };
  const response = await fetch(server.url + path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

async function upload(zip) {
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  form.set('file', new Blob([zip]), 'photos.zip');
  const response = await fetch(`${server.url}/v1/files`, { method: 'POST', body: form });
  if (!response.ok) throw new Error(`/v1/files answered ${response.status}: ${await response.text()}`);
  return (await response.json()).id;
}

async function zipOf(list) {
  // The writer that the server itself uses.
  const { ZipFile } = createRequire(new URL('../../apps/server/package.json', import.meta.url))('yazl');
  const zip = new ZipFile();
  for (const { label, name, bytes } of list) zip.addBuffer(bytes, `${label}/${name}`);
  zip.end();
  return buffer(zip.outputStream);
}

async function picturesOf(directory, perLabel) {
  const list = [];
  for (const label of (await readdir(directory)).sort()) {
    const names = (await readdir(join(directory, label))).filter((name) => /\.jpe?g$/i.test(name)).sort();
    for (const name of names.slice(0, perLabel)) {
      const path = join(directory, label, name);
      list.push({ label, name, path, bytes: await readFile(path) });
    }
  }
  return list;
}

async function answersOfTerminal(paths) {
  const options = [program('cli'), 'predict', flags.model, ...paths, '--json', '--top', '5'];
  const { stdout } = await promisify(execFile)(process.execPath, options, { maxBuffer: 1e8 });
  return JSON.parse(stdout).map(({ predictions }) => predictions);
}

async function startServer() {
  const options = ['--port', '0', '--data', data, '--jobs', flags.jobs];
  const more = flags.flags.split(' ').filter(Boolean);
  const child = spawn(process.execPath, [program('server'), ...options, ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface({ input: child.stderr })) {
    const [, url] = /"url":"(http[^"]+)".*"msg":"ready"/.exec(line) ?? [];
    if (!url) continue;
    child.stderr.resume();
    return { child, url };
  }
  throw new Error('Expected the server to start.');
}

async function metric(name) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** The child that predicts, by its command line. */
async function inferencePid() {
  const { pid } = server.child;
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  for (const child of children) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8');
    if (command.includes('inference-process')) return Number(child);
  }
  throw new Error('Expected an inference process.');
}

async function residentMB(pid) {
  const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
  return (pages * 4096) / 2 ** 20; // statm counts pages of 4 KB
}

async function cpuSeconds(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100; // user and system time in ticks of 10 ms
}

function quantiles(seconds) {
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] * 1000);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

function round(value, digits = 1) {
  return Number(value.toFixed(digits));
}
