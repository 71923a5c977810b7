/** Lists as `ra-data-simple-rest` asks for them: `sort`, `range` and `filter` in the query, `Content-Range` in the answer. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HubError } from '../policy/errors.ts';

/** The most rows of one answer; without a range, as many from the first. */
const rowsMax = 1000;

/** A query parameter that is JSON text. */
export const json = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .max(20_000)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

const Range = z.tuple([z.number().int().min(0), z.number().int().min(0)]);

/** The query of a list with these fields to sort by and this filter. */
export const listQuery = <F extends string, S extends z.ZodType>(
  fields: readonly [F, ...F[]],
  filter: S,
) =>
  z.strictObject({
    sort: json(z.tuple([z.enum(fields), z.enum(['ASC', 'DESC'])])).optional(),
    range: json(Range).optional(),
    filter: json(filter).optional(),
  });

interface ListQuery<F extends string> {
  sort?: [F, 'ASC' | 'DESC'] | undefined;
  range?: [number, number] | undefined;
}

/** The asked slice of all rows, sorted; sets `Content-Range`. */
export function answerList<F extends string, T extends Record<F, string | number>>(
  request: FastifyRequest,
  reply: FastifyReply,
  resource: string,
  query: ListQuery<F>,
  rows: readonly T[],
): T[] {
  const [first, last] = query.range ?? rangeOfHeader(request, reply, resource, rows.length);
  const sorted = query.sort ? sortRows(rows, ...query.sort) : rows;
  const slice = sorted.slice(first, Math.min(last + 1, first + rowsMax));
  const shown = slice.length === 0 ? '*' : `${first}-${first + slice.length - 1}`;
  reply.header('content-range', `${resource} ${shown}/${rows.length}`);
  return slice;
}

/** The slice that a list is asked for, where the store itself cuts it. */
export function askedSlice(
  request: FastifyRequest,
  reply: FastifyReply,
  resource: string,
  query: { range?: [number, number] | undefined },
): { offset: number; limit: number } {
  const [first, last] = query.range ?? rangeOfHeader(request, reply, resource, '*');
  return { offset: first, limit: Math.min(last - first + 1, rowsMax) };
}

/** Sets `Content-Range` for a slice that the store cut. */
export function saySlice(
  reply: FastifyReply,
  resource: string,
  { offset, rows, total }: { offset: number; rows: number; total: number },
): void {
  const shown = rows === 0 ? '*' : `${offset}-${offset + rows - 1}`;
  reply.header('content-range', `${resource} ${shown}/${total}`);
}

/** `Range: <resource>=0-24`, which the panel's data provider sends beside the query. */
function rangeOfHeader(
  request: FastifyRequest,
  reply: FastifyReply,
  resource: string,
  total: number | '*',
): readonly [number, number] {
  const { range } = request.headers;
  if (range === undefined) return [0, rowsMax - 1];
  const [, unit, first, last] = /^([a-z-]+)=(\d{1,9})-(\d{1,9})$/.exec(range) ?? [];
  if (unit !== resource || Number(first) > Number(last)) {
    reply.header('content-range', `${resource} */${total}`);
    throw new HubError('RANGE_INVALID', `Send \`Range: ${resource}=0-24\`, or none.`);
  }
  return [Number(first), Number(last)];
}

function sortRows<F extends string, T extends Record<F, string | number>>(
  rows: readonly T[],
  field: F,
  direction: 'ASC' | 'DESC',
): T[] {
  const sign = direction === 'ASC' ? 1 : -1;
  return [...rows].sort((a, b) => (a[field] < b[field] ? -sign : a[field] > b[field] ? sign : 0));
}
