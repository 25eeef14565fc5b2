import * as z from 'zod';
import { auditLog } from '../audit.js';
import { listBody, listOf } from '../http/paging.js';
import { type Route, route } from '../http/route.js';
import type { Services } from '../services.js';

const entrySchema = z.object({
  /** Its number in the tenant's log: 1, 2, 3 ... without gaps. */
  id: z.string(),
  object: z.literal('graft.audit_entry'),
  created_at: z.int(),
  who: z.string(),
  operation: z.string(),
  request_id: z.string(),
  changes: z.array(
    z.object({ change: z.enum(['create', 'update', 'remove']), kind: z.string(), id: z.string() }),
  ),
});

/** Who changed what. */
export function auditRoutes({ records }: Services): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/audit',
      name: 'listAudit',
      summary: 'What was changed by whom, oldest first; ask again with after=last_id',
      tag: 'keys',
      scope: 'admin',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1000).default(100),
        after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
      }),
      answers: { 200: { json: listOf(entrySchema) } },
      handle: async ({ caller: { tenant }, query: { after, limit } }) => {
        const entries = await auditLog(records, tenant, { after, limit: limit + 1 });
        const data = entries.slice(0, limit).map(({ sequence, at, body }) => ({
          id: String(sequence),
          object: 'graft.audit_entry' as const,
          created_at: Math.floor(at / 1000),
          who: body.who,
          operation: body.operation,
          request_id: body.requestId,
          changes: [...body.changes],
        }));
        return { status: 200, json: listBody(data, entries.length > limit) };
      },
    }),
  ];
}
