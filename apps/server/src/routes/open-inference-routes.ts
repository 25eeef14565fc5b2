import * as z from 'zod';
import { readBody } from '../http/read-body.js';
import { type Reply, type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import { outputsForAll } from '../predictions/ask-all.js';
import { inputsOf, parseInfer } from '../predictions/infer-request.js';
import { type InferAnswer, inferAnswer, outputWish } from '../predictions/infer-response.js';
import type { ModelFacts } from '../predictions/protocol.js';
import type { Services } from '../services.js';
import { version } from '../version.js';

const tensorFacts = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const metadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.literal('1')),
  platform: z.string(),
  inputs: z.array(tensorFacts),
  outputs: z.array(tensorFacts),
});
const inferredSchema = z.object({
  model_name: z.string(),
  model_version: z.literal('1'),
  id: z.string().optional(),
  outputs: z.array(
    tensorFacts.extend({
      parameters: z.object({ binary_data_size: z.int() }).optional(),
      data: z.array(z.union([z.number(), z.string()])).optional(),
    }),
  ),
});

const description = `JSON as the Open Inference Protocol has it, with one input: either numbers as the model itself takes
them, that is after resizing and scaling as its input spec says; or BYTES, each element a JPEG, PNG or WebP picture (in
JSON as base64), which is resized and scaled here. With the header Inference-Header-Content-Length the tensor follows the
JSON in binary form. An output's parameter "classification": n asks for the n best labels as "score:index:label".`;

/**
 * Open Inference Protocol (V2 of KServe and Triton), with the extensions binary_tensor_data and classification. Models
 * never change, so that each has the one version "1".
 * Source: https://github.com/kserve/open-inference-protocol and Triton's docs/protocol.
 */
export function openInferenceRoutes(services: Services): Route[] {
  return [
    ...serverRoutes(services),
    ...modelRoutes(services, '/v2/models/{model}', '', z.strictObject({ model: idSchema })),
    ...modelRoutes(
      services,
      '/v2/models/{model}/versions/{version}',
      'Version',
      z.strictObject({ model: idSchema, version: z.literal('1') }),
    ),
  ];
}

function serverRoutes({ records, blobs, models }: Services): Route[] {
  const common = { tag: 'open inference', method: 'get', scope: null } as const;
  const indexed = z.object({ name: z.string(), version: z.string(), state: z.string(), reason: z.string() });
  return [
    route({
      ...common,
      path: '/v2',
      name: 'inferenceServer',
      summary: 'Name, version and extensions of the server',
      answers: {
        200: {
          json: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
        },
      },
      handle: async () => ({
        status: 200,
        json: { name: 'graft-server', version, extensions: ['binary_tensor_data', 'classification'] },
      }),
    }),
    route({
      ...common,
      path: '/v2/health/live',
      name: 'inferenceLive',
      summary: 'Whether the server runs',
      answers: { 200: { json: z.object({ live: z.literal(true) }) } },
      handle: async () => ({ status: 200, json: { live: true } }),
    }),
    route({
      ...common,
      path: '/v2/health/ready',
      name: 'inferenceReady',
      summary: 'Whether the server can answer on its models',
      answers: { 200: { json: z.object({ ready: z.literal(true) }) } },
      handle: async () => {
        await Promise.all([records.ping(), blobs.ping()]);
        return { status: 200, json: { ready: true } };
      },
    }),
    route({
      method: 'post',
      path: '/v2/repository/index',
      name: 'inferenceIndex',
      summary: 'The built-in models and the newest thousand of yours',
      tag: 'open inference',
      scope: 'read',
      body: { json: z.strictObject({ ready: z.boolean().optional() }), optional: true },
      answers: { 200: { json: z.array(indexed) } },
      handle: async ({ caller: { tenant } }) => {
        const rows = await models.list(tenant, { order: 'newest', limit: 1000 });
        const names = [...rows.map(({ id }) => id), ...(await models.builtIn())];
        const json = names.map((name) => ({ name, version: '1', state: 'READY', reason: '' }));
        return { status: 200, json };
      },
    }),
  ];
}

function modelRoutes(
  { models, inference, config }: Services,
  path: string,
  suffix: '' | 'Version',
  params: z.ZodType<{ model: string }>,
): Route[] {
  const common = { tag: 'open inference', params } as const;
  return [
    route({
      ...common,
      method: 'get',
      path,
      name: `inferenceModel${suffix}`,
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
      path: `${path}/ready`,
      name: `inferenceModelReady${suffix}`,
      summary: 'Whether a model can be asked',
      scope: 'read',
      answers: { 200: { json: z.object({ name: z.string(), ready: z.literal(true) }) } },
      handle: async ({ caller: { tenant }, params: { model } }) => {
        await models.check(tenant, model);
        return { status: 200, json: { name: model, ready: true } };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: `${path}/infer`,
      name: `infer${suffix}`,
      summary: "A model's outputs for a tensor or for pictures",
      scope: 'predict',
      body: { stream: ['application/json', 'application/octet-stream'], description },
      answers: { 200: { json: inferredSchema } },
      handle: async ({ caller: { tenant }, params: { model }, request }) => {
        const local = await models.local(tenant, model);
        inference.checkRoom();
        const body = await readBody(request, config.limits.pictureBytes);
        const header = request.headers['inference-header-content-length'];
        const parsed = parseInfer(body, header === undefined ? null : Number(header));
        const facts = await inference.facts(local);
        const wish = outputWish(parsed.request, facts);
        const inputs = inputsOf(parsed.request, parsed.binary, facts);
        const outputs = await outputsForAll(inference, local, inputs);
        return replyOf(inferAnswer(local.name, parsed.request, wish, facts, outputs));
      },
    }),
  ];
}

function metadataOf(name: string, facts: ModelFacts): z.infer<typeof metadataSchema> {
  const { inputName, outputName, inputShape, inspected } = facts;
  const open = (shape: readonly (number | null)[]) => [-1, ...shape.map((length) => length ?? -1)];
  return {
    name,
    versions: ['1'],
    platform: 'tensorflow_js',
    inputs: [{ name: inputName, datatype: 'FP32', shape: open(inputShape) }],
    outputs: [{ name: outputName, datatype: 'FP32', shape: open(inspected.outputShape.slice(-1)) }],
  };
}

function replyOf({ json, binary }: InferAnswer): Reply {
  if (!binary) return { status: 200, json };
  const head = Buffer.from(JSON.stringify(json));
  return {
    status: 200,
    bytes: Buffer.concat([head, binary]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
  };
}
