/** What orders and products have in common as resources: whose they are, how a list of them is asked for. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HubError } from '../policy/errors.ts';
import type { Field, Stream } from '../policy/stream.ts';
import type { ListedRecord, ListRecordsInput } from '../warehouse/records/records.ts';
import type { ApiDeps } from './deps.ts';
import { askedSlice, listQuery, saySlice } from './list.ts';

type Deps = Pick<ApiDeps, 'registry'>;

/** Connection and TikTok's id: a shop of two workspaces has its orders in both. */
export const RecordPath = z.strictObject({
  id: z.string().regex(/^[0-9a-f-]{36}\.\d{1,19}$/, 'is <connection>.<id>'),
});

const text = z.string().max(100);

export const RecordFilter = z.strictObject({
  workspaceId: z.uuid(),
  connectionId: z.array(z.uuid()).max(100).optional(),
  id: z.array(RecordPath.shape.id).max(1000).optional(),
  status: z.union([text, z.array(text).min(1).max(20)]).optional(),
  from: z.iso.date().optional().describe('UTC day from which they were made.'),
  to: z.iso.date().optional().describe('UTC day until which they were made, itself included.'),
  q: text.min(1).optional().describe('The beginning of an id; of products also part of a title.'),
  deleted: z.boolean().optional(),
});

/** Columns of a stream that lists show: no pseudonym, no long structure. */
const sortable = ({ fields }: Stream): string[] =>
  fields.filter(({ type }) => type !== 'pseudonym' && type !== 'json').map(({ name }) => name);

export const recordsQuery = (stream: Stream) =>
  listQuery(sortable(stream) as [string, ...string[]], RecordFilter).required({ filter: true });

/** A row of the stream, each field with its meaning. */
export function recordSchema(stream: Stream, withStructures: boolean) {
  const shown = stream.fields.filter(
    ({ type }) => type !== 'pseudonym' && (withStructures || type !== 'json'),
  );
  return z.object({
    id: z.string(),
    connectionId: z.string(),
    isDeleted: z.boolean(),
    ...Object.fromEntries(shown.map((field) => [field.name, cellSchema(field)])),
  });
}

function cellSchema({ type, meaning, unit }: Field) {
  const cell = type === 'boolean' ? z.boolean() : type === 'count' ? z.number() : z.string();
  return cell.nullable().describe(unit === undefined ? meaning : `${meaning} Unit: ${unit}.`);
}

export const presentRecord = (key: string, { connectionId, isDeleted, record }: ListedRecord) => ({
  id: `${connectionId}.${record[key]}`,
  connectionId,
  isDeleted,
  ...record,
});

interface AskedList {
  readonly filter: z.infer<typeof RecordFilter>;
  readonly sort?: [string, 'ASC' | 'DESC'] | undefined;
  readonly range?: [number, number] | undefined;
}

/** Answers with the asked slice of the workspace's open shops; restricted ones are in no list. */
export async function answerRecords(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
  { resource, key, query }: { resource: string; key: string; query: AskedList },
  read: (input: ListRecordsInput) => Promise<{ rows: ListedRecord[]; total: number }>,
) {
  const slice = askedSlice(request, reply, resource, query);
  const { workspaceId, connectionId, id, status, from, to, q, deleted } = query.filter;
  const open = await openShops(deps, workspaceId);
  const asked = id?.map(splitId);
  const wanted = connectionId ?? asked?.map((one) => one.connectionId);
  const { rows, total } = await read({
    ...slice,
    connectionIds: open.filter((one) => wanted?.includes(one) ?? true),
    filter: {
      ids: asked?.map((one) => one.recordId),
      statuses: status === undefined ? undefined : [status].flat(),
      ...{ from, to, deleted, text: q },
    },
    sort: query.sort && { field: query.sort[0], descending: query.sort[1] === 'DESC' },
  });
  saySlice(reply, resource, { offset: slice.offset, rows: rows.length, total });
  return rows.map((row) => presentRecord(key, row));
}

async function openShops({ registry }: Deps, workspaceId: string): Promise<string[]> {
  if (!(await registry.workspaces.find(workspaceId))) {
    throw new HubError('NOT_FOUND', 'Name a workspace of GET /api/v1/workspaces.');
  }
  const open = await registry.connections.list({ workspaceId, states: ['active', 'paused'] });
  return open.filter(({ platform }) => platform === 'tiktok-shop').map(({ id }) => id);
}

export interface RecordId {
  readonly connectionId: string;
  readonly recordId: string;
}

function splitId(id: string): RecordId {
  const dot = id.indexOf('.');
  return { connectionId: id.slice(0, dot), recordId: id.slice(dot + 1) };
}

/** The parts of an id whose connection is an open shop. */
export async function findRecordId({ registry }: Deps, id: string): Promise<RecordId> {
  const found = splitId(id);
  const connection = await registry.connections.find(found.connectionId);
  const isOpen = connection?.state === 'active' || connection?.state === 'paused';
  if (connection?.platform === 'tiktok-shop' && isOpen) return found;
  throw notFound();
}

export const notFound = (): HubError =>
  new HubError('NOT_FOUND', 'No open shop has a record of this id.');
