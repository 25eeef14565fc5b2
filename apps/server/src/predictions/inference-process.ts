// The process that holds loaded models and answers. It reaches neither stores nor network, and ends with its parent.
import { startBackend } from '../backend.js';
import { failureOf } from '../process-failure.js';
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
      tell({ id, failure: failureOf(error, 'bug/inference') });
    }
  });
}

const tell = (response: InferenceResponse) => process.send?.(response);
