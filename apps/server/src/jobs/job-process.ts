// The process of one job: told what to do by its parent, tells what happens, and leaves a run in `out`. It reaches
// neither stores nor network, and ends with its parent.
import { GraftError } from '@graft/core';
import { openModel, tuneFiles, tuneResult } from '@graft/node';
import { startBackend } from '../backend.js';
import type { JobFailure } from './job.js';
import type { JobEvent, JobMessage, JobOrder } from './job-protocol.js';

process.on('disconnect', () => process.exit(1));
// One that goes to the whole group (Ctrl-C, a service manager) is for the parent, which says what becomes of the job.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.once('message', (order) => void run(order as JobOrder));

async function run(order: JobOrder): Promise<void> {
  try {
    await tell(await tune(order));
  } catch (error) {
    await tell({ type: 'failed', failure: failureOf(error) });
  }
  process.exit(0);
}

async function tune({ request, model, data, out, backend: choice, version }: JobOrder): Promise<JobMessage> {
  const backend = await startBackend(choice);
  const opened = await openModel(model);
  const { recipe, target, task, skipBad } = request;
  const said = 'wishes' in recipe ? null : recipe.inputSpec;
  const record = await tuneFiles(
    {
      opened,
      data,
      out,
      recipe,
      skipBad,
      ...(said && { inputSpec: said }),
      ...(target && { target }),
      ...(task && { task }),
    },
    {
      backend,
      version,
      onEvent: (event) => void tellSome(event),
      onWarning: (warning) => void tell({ type: 'warning', warning }),
      onData: (done, total) => void tellSome({ type: 'data', done, total }),
    },
  );
  return { type: 'done', result: tuneResult(out, record), labels: record.labels, task: record.recipe.task };
}

let toldAt = 0;

/** Steps and counts come by the thousand: a few a second are enough to follow. */
async function tellSome(event: JobEvent): Promise<void> {
  const frequent = event.type === 'step' || event.type === 'features' || event.type === 'data';
  const last = 'done' in event && event.done === event.total;
  if (frequent && !last && performance.now() - toldAt < 200) return;
  if (frequent) toldAt = performance.now();
  if (event.type !== 'warning') await tell({ type: 'event', event });
}

function tell(message: JobMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}

function failureOf(error: unknown): JobFailure {
  if (error instanceof GraftError) return { code: error.code, message: error.message, hint: error.hint };
  const message = error instanceof Error ? error.message : String(error);
  if (/allocation failed|invalid array (buffer )?length|cannot enlarge memory|out of memory/i.test(message)) {
    return {
      code: 'resource/memory',
      message: `Expected enough memory. Received: ${message}.`,
      hint: 'Try a smaller batch, smaller pictures or less data at once.',
    };
  }
  process.stderr.write(`${error instanceof Error ? error.stack : message}\n`);
  return {
    code: 'bug/unexpected',
    message: 'Something went wrong that should not.',
    hint: 'This is a fault of graft. The server log has it.',
  };
}
