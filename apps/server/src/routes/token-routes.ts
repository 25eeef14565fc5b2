import * as z from 'zod';
import { type Caller, scopes } from '../http/caller.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import type { Services } from '../services.js';
import { keyBody, keySchema } from './key-routes.js';

const daySeconds = 86_400;

/** `https://shop.example`, as browsers spell it. */
const originSchema = z
  .string()
  .max(200)
  .refine((text) => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text, {
    message: 'Expected an origin such as https://shop.example, in lower case and without a path',
  });

/** What a page is given, so that it can train or predict without a key that would open everything. */
export function tokenRoutes({ keys }: Services): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/tokens',
      name: 'createToken',
      summary:
        'Make a token for the pages of one origin; it is shown this once, and is listed among the keys',
      tag: 'keys',
      scope: 'train',
      body: {
        json: z.strictObject({
          origin: originSchema,
          scopes: z
            .array(z.enum(scopes).exclude(['admin']))
            .min(1)
            .max(3),
          /** Seconds. */
          expires_in: z.int().positive().max(daySeconds).default(3600),
          name: z.string().min(1).max(100).default('browser token'),
        }),
      },
      answers: { 201: { json: keySchema.extend({ token: z.string() }) } },
      handle: async ({ caller, body: { origin, scopes: wanted, expires_in, name } }) => {
        checkGrant(caller, wanted);
        const expiresAt = Math.min(
          Date.now() + expires_in * 1000,
          caller.key?.expiresAt ?? Number.POSITIVE_INFINITY,
        );
        const granted = [...new Set(wanted)];
        const madeBy = caller.key?.id ?? null;
        const token = await keys.create(caller.tenant, { name, scopes: granted, expiresAt, origin, madeBy });
        return { status: 201, json: { ...keyBody(token.row), token: token.key } };
      },
    }),
  ];
}

/** Nobody gives away what he has not, and a token makes no tokens: it would live for ever. */
function checkGrant({ key, scopes: own }: Caller, wanted: readonly Caller['scopes'][number][]): void {
  const missing = own.includes('admin') ? [] : wanted.filter((scope) => !own.includes(scope));
  if (missing.length === 0 && (key === null || key.origin === null)) return;
  throw new Problem(
    403,
    'scope-missing',
    missing.length
      ? `Expected scopes of your own key. Received ${missing.join(', ')}.`
      : 'Expected a key. Received a token, which makes no others.',
    { field: missing.length ? 'scopes' : null, details: { given: own } },
  );
}
