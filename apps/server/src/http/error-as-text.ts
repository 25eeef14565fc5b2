import type { ProblemBody } from './problem.js';

/** A problem of the inference protocols: RFC 9457, with the message under `error`. */
export type TextProblemBody = Omit<ProblemBody, 'error'> & { readonly error: string };

/**
 * A problem in the shape that the clients of a path read. Open Inference Protocol and TensorFlow Serving have text
 * under `error` where OpenAI's API has an object: tritonclient 2.73 joins it to other text and fails on an object,
 * and TensorFlow Serving documents text (its usual clients only print the body, or look for `predictions`).
 *
 * @example
 * problemFor('/v2/models/none', body).error; // 'Expected a model of yours ... Received "none".'
 */
export function problemFor(path: string, body: ProblemBody): ProblemBody | TextProblemBody {
  return saysErrorAsText(path) ? { ...body, error: body.error.message } : body;
}

/** Whether the clients of a path read text under `error`. */
export const saysErrorAsText = (path: string): boolean => /^\/v2([/?]|$)|^\/v1\/models\//.test(path);
