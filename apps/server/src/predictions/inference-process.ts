// The process that holds loaded models and answers. It reaches neither stores nor network, and ends with its parent.
import { GraftError } from '@graft/core';
import { startBackend } from '../backend.js';
import { answer } from './answer.js';
import type { InferenceRequest, InferenceResponse, InferenceSetup } from './protocol.js';
import { WarmModels } from './warm-models.js';

process.on('disconnect', () => process.exit(0));
process.once('message', (setup) => void start(setup as InferenceSetup));

async function start(setup: InferenceSetup): Promise<void> {
  const ready = startBackend(setup.backend);
  const models = new WarmModels(setup);
  process.on('message', async ({ id, model, question }: InferenceRequest) => {
    try {
      await ready;
      tell({ id, answer: await models.with(model, (warm) => answer(warm, question)) });
    } catch (error) {
      tell({ id, failure: failureOf(error) });
    }
  });
}

const tell = (response: InferenceResponse) => process.send?.(response);

function failureOf(error: unknown): Extract<InferenceResponse, { failure: unknown }>['failure'] {
  if (error instanceof GraftError) return error.toJSON();
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return {
    code: 'bug/inference',
    message: 'Something went wrong that should not.',
    hint: null,
    details: null,
  };
}
