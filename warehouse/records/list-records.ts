/**
 * Orders and products as lists: what is current, over the shops of one workspace, filtered, sorted and
 * cut in DuckDB. Ids and money are texts, exact; pseudonyms never leave the file.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { HubError } from '../../policy/errors.ts';
import { type PictureKind, pictureSources } from '../../policy/pictures.ts';
import type { Field, Stream } from '../../policy/stream.ts';
import { countOf, type Engine, explainError, quoteName, quoteText, rowsOf } from '../engine.ts';
import { aliasOf, type FactsFiles, requireId } from '../files.ts';
import type { PeopleFiles } from '../people/people-files.ts';
import type { PictureAddress } from '../pictures/picture-cache.ts';
import { tableOf } from '../tables.ts';
import type { Cell, ListedRecord, ListRecordsInput, Records } from './records.ts';

export interface RecordsOptions {
  readonly engine: Engine;
  readonly files: FactsFiles;
  readonly people: PeopleFiles;
  readonly streams: readonly Stream[];
}

/** Attached files of one question: as many as a workspace has shops, and not without end. */
const connectionsMax = 100;
const titleColumns: Readonly<Record<string, string>> = { shop_products: 'title' };

export function createRecords(options: RecordsOptions): Records {
  const named = (name: string): Stream => {
    const found = options.streams.find((stream) => stream.name === name);
    if (found !== undefined) return found;
    throw new HubError('STREAM_UNKNOWN', 'No stream has this name.', { details: { stream: name } });
  };
  return {
    listOrders: (input) => list(options, named('shop_orders'), input),
    listProducts: (input) => list(options, named('shop_products'), input),
    order: async (connectionId, orderId) => {
      const found = await current(options, named('shop_orders'), connectionId, 'order_id', orderId);
      if (found[0] === undefined) return undefined;
      const units = named('shop_order_line_items');
      const lineItems = await current(options, units, connectionId, 'order_id', orderId);
      return { order: found[0], lineItems };
    },
    product: async (connectionId, productId) => {
      const products = named('shop_products');
      const found = await current(options, products, connectionId, 'product_id', productId);
      if (found[0] === undefined) return undefined;
      const skus = await current(
        options,
        named('shop_skus'),
        connectionId,
        'product_id',
        productId,
      );
      return { product: found[0], skus };
    },
    pictureAddress: (picture) => pictureAddressOf(options, picture),
    orderBuyer: (connectionId, orderId) =>
      buyerOf(options, named('shop_order_buyers'), connectionId, orderId),
  };
}

/** What may be shown: never a pseudonym. Long structures stand in a record's own answer only. */
const shownFields = ({ fields }: Stream, withStructures: boolean): Field[] =>
  fields.filter(({ type }) => type !== 'pseudonym' && (withStructures || type !== 'json'));

function cellSql({ name, type }: Pick<Field, 'name' | 'type'>): string {
  const column = quoteName(name);
  if (type === 'boolean') return column;
  if (type === 'count') return `${column}::DOUBLE as ${column}`;
  if (type === 'instant') return `strftime(${column}, '%Y-%m-%dT%H:%M:%SZ') as ${column}`;
  return `${column}::VARCHAR as ${column}`;
}

const cellsSql = (fields: readonly Field[]): string => fields.map(cellSql).join(', ');

async function list(
  { engine, files }: RecordsOptions,
  stream: Stream,
  input: ListRecordsInput,
): Promise<{ rows: ListedRecord[]; total: number }> {
  const known = input.connectionIds.map(requireId).filter((id) => files.exists(id));
  if (known.length > connectionsMax) {
    throw new HubError('REQUEST_INVALID', `Ask for ${connectionsMax} shops at a time at most.`);
  }
  if (known.length === 0) return { rows: [], total: 0 };
  const { condition, values } = conditionOf(stream, input);
  const tables = known.map(
    (id) => `select ${quoteText(id)} as of_connection, * from ${tableOf(aliasOf(id), stream)}`,
  );
  const found = `from (${tables.join(' union all by name ')}) where known_to is null ${condition}`;
  const key = stream.key.map(quoteName).join(', ');
  const order =
    input.sort === undefined
      ? ''
      : `${quoteName(fieldNamed(stream, input.sort.field).name)} ${input.sort.descending ? 'desc' : 'asc'} nulls last, `;
  const fields = shownFields(stream, false);
  return look(engine, (connection) =>
    files.readAll(known, connection, async () => {
      const rows = await rowsOf(
        connection,
        `select of_connection, deleted_at is not null as is_deleted, ${cellsSql(fields)} from (
           select * ${found} order by ${order}${key}, of_connection
           limit ${whole(input.limit)} offset ${whole(input.offset)})`,
        values,
      );
      const total = await countOf(connection, `select count(*) ${found}`, values);
      return { rows: rows.map(present), total };
    }),
  );
}

const look = <T>(engine: Engine, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
  engine.using(work).catch((error) => Promise.reject(explainError(error)));

function conditionOf(
  stream: Stream,
  { filter }: ListRecordsInput,
): { condition: string; values: string[] } {
  const values: string[] = [];
  const bound = (value: string): string => `$${values.push(value)}`;
  const key = quoteName(stream.key[0]!);
  const conditions = [
    filter.statuses && `status in (${filter.statuses.map(bound).join(', ') || 'null'})`,
    filter.ids && `${key}::VARCHAR in (${filter.ids.map(bound).join(', ') || 'null'})`,
    filter.from && `create_time >= ${bound(filter.from)}::DATE`,
    filter.to && `create_time < ${bound(filter.to)}::DATE + interval 1 day`,
    filter.text && textSql(stream, key, bound(filter.text)),
    filter.deleted === undefined
      ? undefined
      : `deleted_at is ${filter.deleted ? 'not null' : 'null'}`,
  ].filter((one) => one !== undefined && one !== '');
  return { condition: conditions.map((one) => `and ${one}`).join(' '), values };
}

/** The beginning of an id, or, where there is a title, any part of it. */
function textSql(stream: Stream, key: string, text: string): string {
  const title = titleColumns[stream.name];
  const byId = `starts_with(${key}::VARCHAR, ${text})`;
  return title === undefined ? byId : `(${byId} or contains(lower(${title}), lower(${text})))`;
}

function fieldNamed(stream: Stream, name: string): Field {
  const field = shownFields(stream, false).find((one) => one.name === name);
  if (field !== undefined) return field;
  throw new HubError('REQUEST_INVALID', 'Lists are sorted by one of their fields.');
}

const whole = (count: number): number => Math.max(0, Math.trunc(count));

/** The current rows of one record, with their structures. */
async function current(
  { engine, files }: RecordsOptions,
  stream: Stream,
  connectionId: string,
  column: string,
  id: string,
): Promise<ListedRecord[]> {
  if (!files.exists(requireId(connectionId))) return [];
  const deleted = stream.load === 'entity' ? 'deleted_at is not null' : 'false';
  return look(engine, (connection) =>
    files.read(connectionId, connection, async (alias) => {
      const rows = await rowsOf(
        connection,
        `select ${quoteText(connectionId)} as of_connection, ${deleted} as is_deleted,
           ${cellsSql(shownFields(stream, true))}
         from ${tableOf(alias, stream)}
         where known_to is null and ${quoteName(column)} = try_cast($1 as BIGINT)
         order by ${stream.key.map(quoteName).join(', ')}`,
        [id],
      );
      return rows.map(present);
    }),
  );
}

async function buyerOf(
  { engine, people }: RecordsOptions,
  stream: Stream,
  connectionId: string,
  orderId: string,
): Promise<Readonly<Record<string, Cell>> | undefined> {
  if (!people.files.exists(requireId(connectionId))) return undefined;
  return look(engine, (connection) =>
    people.files.read(connectionId, connection, async (alias) => {
      const rows = await rowsOf(
        connection,
        `select ${cellsSql(shownFields(stream, true))} from ${tableOf(alias, stream)}
         where order_id = try_cast($1 as BIGINT)`,
        [orderId],
      );
      return rows[0] as Readonly<Record<string, Cell>> | undefined;
    }),
  );
}

function present({ of_connection, is_deleted, ...record }: Record<string, unknown>): ListedRecord {
  return {
    connectionId: String(of_connection),
    isDeleted: is_deleted === true,
    record: record as Record<string, Cell>,
  };
}

/** The newest address that TikTok named for it. */
async function pictureAddressOf(
  { engine, files, streams }: RecordsOptions,
  { connectionId, kind, recordId }: PictureAddress,
): Promise<string | undefined> {
  const source = pictureSources[kind as PictureKind];
  const stream = streams.find(({ name }) => name === source.stream);
  if (stream === undefined || !files.exists(requireId(connectionId))) return undefined;
  return look(engine, (connection) =>
    files.read(connectionId, connection, async (alias) => {
      const rows = await rowsOf(
        connection,
        `select ${source.address} as address from ${tableOf(alias, stream)}
         where known_to is null and ${source.id}::VARCHAR = $1 and ${source.address} is not null
         order by known_from desc limit 1`,
        [recordId],
      );
      return rows[0] === undefined ? undefined : String(rows[0].address);
    }),
  );
}
