import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { saysErrorAsText } from './error-as-text.js';
import type { AnswerSpec, Route } from './route.js';

type Json = Record<string, unknown>;

/**
 * The OpenAPI 3.1 document of the routes, made from the schemas that check requests.
 *
 * @param version of the server
 */
export function openApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    (paths[route.path] as Json)[route.method] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Graft',
      version,
      description: 'Fine-tuning jobs and predictions, with a freeze that you can check.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }, {}],
    paths,
    components: {
      schemas: { Problem: problemSchema, TextProblem: textProblemSchema },
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key' } },
    },
  };
}

function operation(route: Route): Json {
  const problemName = saysErrorAsText(route.path) ? 'TextProblem' : 'Problem';
  const problems = {
    default: {
      description: 'A problem',
      content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${problemName}` } } },
    },
  };
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [route.tag],
    ...(route.scope === null ? { security: [{}] } : { 'x-scope': route.scope }),
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.body ? { requestBody: requestBody(route.body) } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [status, answerOf(Number(status), answer)]),
      ),
      ...problems,
    },
  };
}

function parameters(place: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function requestBody(body: NonNullable<Route['body']>): Json {
  if ('json' in body) {
    return {
      required: body.optional !== true,
      content: { 'application/json': { schema: jsonSchema(body.json, 'input') } },
    };
  }
  const binary = { schema: { type: 'string', contentEncoding: 'binary' } };
  return {
    required: true,
    description: body.description,
    content: Object.fromEntries(
      body.stream.map((type) => [type, type === 'multipart/form-data' ? formData : binary]),
    ),
  };
}

const formData = { schema: { type: 'object', additionalProperties: true } };

function answerOf(status: number, answer: AnswerSpec): Json {
  if (status === 204) return { description: 'Done; there is nothing to say' };
  if ('json' in answer) {
    return {
      description: 'OK',
      content: { 'application/json': { schema: jsonSchema(answer.json, 'output') } },
    };
  }
  return { description: answer.description ?? 'OK', content: { [answer.content]: {} } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const options = { io, unrepresentable: 'any', override: sayPairsPlainly } as const;
  const { $schema: _, ...json } = z.toJSONSchema(schema, options) as Json;
  return json;
}

/** A tuple of alike is a list of so many: `prefixItems` is right, but not understood everywhere (schemathesis 4.32). */
function sayPairsPlainly({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { prefixItems } = jsonSchema;
  const [first, ...others] = prefixItems ?? [];
  if (!prefixItems || others.some((other) => !isDeepStrictEqual(other, first))) return;
  delete jsonSchema.prefixItems;
  Object.assign(jsonSchema, { items: first, minItems: prefixItems.length, maxItems: prefixItems.length });
}

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'detail', 'instance', 'hint', 'field', 'error'],
  properties: {
    type: { type: 'string', description: 'Stable: urn:graft:problem:CODE' },
    title: text,
    status: { type: 'integer' },
    detail: text,
    instance: text,
    hint: textOrNull,
    field: textOrNull,
    details: {},
    error: {
      type: 'object',
      description: "The same in the shape of OpenAI's API",
      required: ['message', 'type', 'param', 'code'],
      properties: { message: text, type: text, param: textOrNull, code: text },
    },
  },
};
const textProblemSchema = {
  ...problemSchema,
  properties: { ...problemSchema.properties, error: { ...text, description: 'The same as text' } },
};
