import * as z from 'zod';
import { idSchema } from '../ids.js';
import type { Row, RowPage } from '../stores/records.js';
import { Problem } from './problem.js';

/** A page of a list, newest first: `after` is the id of the last one that was seen. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: idSchema.optional(),
});

export type PageQuery = z.infer<typeof pageQuery>;

/** A list in OpenAI's shape. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    object: z.literal('list'),
    data: z.array(item),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });

/**
 * Reads one page of rows.
 *
 * @param find how the row behind `after` is found
 * @param list reads rows; it is asked for one more than the page has
 */
export async function pageOf<R extends Row>(
  { limit, after }: PageQuery,
  find: (id: string) => Promise<Row | null>,
  list: (page: RowPage) => Promise<R[]>,
): Promise<{ readonly rows: readonly R[]; readonly more: boolean }> {
  const behind = after === undefined ? null : await find(after);
  if (after !== undefined && !behind) {
    throw new Problem(400, 'unknown-cursor', `Expected an id of this list. Received "${after}".`, {
      field: 'after',
    });
  }
  const rows = await list({
    order: 'newest',
    limit: limit + 1,
    ...(behind && { after: { createdAt: behind.createdAt, id: behind.id } }),
  });
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}

export function listBody<Item extends { readonly id: string }>(data: readonly Item[], more: boolean) {
  return {
    object: 'list' as const,
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: more,
  };
}
