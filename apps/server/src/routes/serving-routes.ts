import * as z from 'zod';
import type { Caller } from '../http/caller.js';
import { Problem } from '../http/problem.js';
import { readBody } from '../http/read-body.js';
import { parseJson } from '../http/read-json.js';
import { type Call, type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { LocalModel } from '../models/model.js';
import { labelsForAll, outputsForAll } from '../predictions/ask-all.js';
import { mostJsonBytes } from '../predictions/infer-request.js';
import {
  classifyInputs,
  classifySchema,
  predictInputs,
  predictSchema,
  signature,
} from '../predictions/predict-request.js';
import type { Answer, ModelFacts, Outputs } from '../predictions/protocol.js';
import type { Services } from '../services.js';

const statusSchema = z.object({
  model_version_status: z.array(
    z.object({
      version: z.literal('1'),
      state: z.literal('AVAILABLE'),
      status: z.object({ error_code: z.literal('OK'), error_message: z.literal('') }),
    }),
  ),
});
const metadataSchema = z.object({
  model_spec: z.object({ name: z.string(), signature_name: z.literal(''), version: z.literal('1') }),
  metadata: z.object({ signature_def: z.object({ signature_def: z.record(z.string(), z.unknown()) }) }),
});
const numbers = z.array(z.array(z.number()));
const predictedSchema = z.union([z.object({ predictions: numbers }), z.object({ outputs: numbers })]);
const classifiedSchema = z.object({ results: z.array(z.array(z.tuple([z.string(), z.number()]))) });

/**
 * TensorFlow Serving's REST API. Models never change, so that each has the one version 1. Errors carry text under
 * `error`, as its documentation says (see `problemFor`). Its clients often send JSON without a content type or with
 * curl's, so that the type is not looked at.
 * Source: https://www.tensorflow.org/tfx/serving/api_rest.
 */
export function servingRoutes(services: Services): Route[] {
  const plain = z.strictObject({ model: idSchema });
  const versioned = z.strictObject({ model: idSchema, version: z.literal('1') });
  return [
    ...modelRoutes(services, '/v1/models/{model}', '', plain),
    ...modelRoutes(services, '/v1/models/{model}/versions/{version}', 'Version', versioned),
  ];
}

function modelRoutes(
  { models, inference }: Services,
  path: string,
  suffix: '' | 'Version',
  params: z.ZodType<{ model: string }>,
): Route[] {
  const common = { tag: 'tensorflow serving', params } as const;

  async function asked<Body>({ caller, params: { model }, request }: Asked, schema: z.ZodType<Body>) {
    const local = await models.local(caller.tenant, model);
    inference.checkRoom();
    const body = schema.parse(parseJson(await readBody(request, mostJsonBytes)));
    return { local, body, facts: await inference.facts(local) };
  }

  return [
    route({
      ...common,
      method: 'post',
      path: `${path}:predict`,
      name: `servingPredict${suffix}`,
      summary: "A model's outputs, as TensorFlow Serving answers them",
      scope: 'predict',
      body: {
        stream: ['application/json'],
        description: `{"instances": [...]} with one element for each example, or {"inputs": ...} with whole tensors. The
numbers are those that the model itself takes, after resizing and scaling; a picture is {"b64": "..."}, and is resized
and scaled here. "signature_name" may be ${signature}.`,
      },
      answers: { 200: { json: predictedSchema } },
      handle: async (call) => {
        const { local, body, facts } = await asked(call, predictSchema);
        const rows = rowsOf(await outputsForAll(inference, local, predictInputs(body, facts)));
        return { status: 200, json: 'instances' in body ? { predictions: rows } : { outputs: rows } };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: `${path}:classify`,
      name: `servingClassify${suffix}`,
      summary: 'Labels with scores, the best first, as TensorFlow Serving answers them',
      scope: 'predict',
      body: {
        stream: ['application/json'],
        description: `{"examples": [{"NAME": [...numbers...]}, ...]} with the name of the model's input, or a picture as
{"NAME": {"b64": "..."}}. What all share may stand in "context".`,
      },
      answers: { 200: { json: classifiedSchema } },
      handle: async (call) => {
        const { local, body, facts } = await asked(call, classifySchema);
        if (facts.task === 'regress') throw noLabels(local);
        const answers = await labelsForAll(inference, local, classifyInputs(body, facts));
        return { status: 200, json: { results: answers.map(pairsOf) } };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: `${path}/metadata`,
      name: `servingMetadata${suffix}`,
      summary: 'What a model takes and answers',
      scope: 'read',
      answers: { 200: { json: metadataSchema } },
      handle: async ({ caller: { tenant }, params: { model } }) => {
        const local = await models.local(tenant, model);
        return { status: 200, json: metadataOf(local.name, await inference.facts(local)) };
      },
    }),
    route({
      ...common,
      method: 'get',
      path,
      name: `servingStatus${suffix}`,
      summary: 'Whether a model can be asked',
      scope: 'read',
      answers: { 200: { json: statusSchema } },
      handle: async ({ caller: { tenant }, params: { model } }) => {
        await models.check(tenant, model);
        const status = { error_code: 'OK', error_message: '' };
        return {
          status: 200,
          json: { model_version_status: [{ version: '1', state: 'AVAILABLE', status }] },
        };
      },
    }),
  ];
}

interface Asked extends Pick<Call<{ model: string }, unknown, unknown>, 'params' | 'request'> {
  readonly caller: Caller;
}

function rowsOf({ shape: [examples, units], values }: Outputs): number[][] {
  return Array.from({ length: examples }, (_, index) =>
    Array.from(values.subarray(index * units, (index + 1) * units)),
  );
}

function pairsOf(answer: Answer): [string, number][] {
  return 'predictions' in answer
    ? answer.predictions.map(({ label, probability }) => [label, probability])
    : [];
}

function noLabels({ name }: LocalModel): Problem {
  return new Problem(
    422,
    'no-labels',
    `Expected a model of labels. Received "${name}", which answers numbers.`,
    {
      field: 'model',
      hint: 'Use :predict.',
    },
  );
}

/** As a SavedModel describes its signature. */
function metadataOf(name: string, facts: ModelFacts): z.infer<typeof metadataSchema> {
  const { inputName, outputName, inputShape, inspected } = facts;
  const described = (tensor: string, shape: readonly (number | null)[]) => ({
    dtype: 'DT_FLOAT',
    name: `${tensor}:0`,
    tensor_shape: {
      dim: [null, ...shape].map((length) => ({ size: String(length ?? -1), name: '' })),
      unknown_rank: false,
    },
  });
  const definition = {
    inputs: { [inputName]: described(inputName, inputShape) },
    outputs: { [outputName]: described(outputName, inspected.outputShape.slice(-1)) },
    method_name: 'tensorflow/serving/predict',
  };
  return {
    model_spec: { name, signature_name: '', version: '1' },
    metadata: { signature_def: { signature_def: { [signature]: definition } } },
  };
}
