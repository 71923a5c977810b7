/**
 * Arrow IPC from a temporary table: one record batch is one row of aggregates (a list per column),
 * since each value that crosses into JavaScript costs a call. Ids and counts are Int64, money
 * Decimal128, ratios Float64, days Date32.
 */
import type { DuckDBConnection, DuckDBListVector, DuckDBVector } from '@duckdb/node-api';
import * as arrow from 'apache-arrow';
import { countOf, quoteName, rowsOf } from '../engine.ts';

const batchRows = 61_440;
/** End of stream: a continuation mark and the length 0. */
const endBytes = 8;

interface ArrowColumn {
  readonly name: string;
  readonly type: arrow.DataType;
}

/** Nothing is read ahead of the reader: each batch is asked for when the one before has left. */
export async function* arrowIpc(
  connection: DuckDBConnection,
  table: string,
): AsyncGenerator<Uint8Array> {
  const described = await rowsOf(connection, `describe ${table}`);
  const columns = described.map(({ column_name, column_type }) => ({
    name: String(column_name),
    type: arrowType(String(column_type)),
  }));
  const schema = new arrow.Schema(
    columns.map(({ name, type }) => new arrow.Field(name, type, true)),
  );
  const empty = encode(schema);
  const schemaBytes = empty.length - endBytes;
  yield empty.subarray(0, schemaBytes);
  const rows = await countOf(connection, `select count(*) from ${table}`);
  let sent = 0;
  for (let from = 0; from < rows; from += batchRows) {
    const batch = await readBatch(connection, table, columns, schema, from);
    sent += batch.numRows;
    const bytes = encode(schema, batch);
    yield bytes.subarray(schemaBytes, bytes.length - endBytes);
  }
  if (sent !== rows) throw new Error(`An Arrow result was cut short: ${sent} of ${rows} rows.`);
  yield empty.subarray(schemaBytes);
}

/** A whole stream: schema, batches, end. */
function encode(schema: arrow.Schema, ...batches: arrow.RecordBatch[]): Uint8Array {
  const writer = new arrow.RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return writer.toUint8Array(true);
}

function arrowType(sqlType: string): arrow.DataType {
  if (sqlType === 'BIGINT') return new arrow.Int64();
  if (sqlType === 'DOUBLE') return new arrow.Float64();
  if (sqlType === 'DATE') return new arrow.DateDay();
  if (sqlType === 'DECIMAL(38,4)') return new arrow.Decimal(4, 38, 128);
  return new arrow.Utf8();
}

async function readBatch(
  connection: DuckDBConnection,
  table: string,
  columns: readonly ArrowColumn[],
  schema: arrow.Schema,
  from: number,
): Promise<arrow.RecordBatch> {
  const selected = columns.map(({ name, type }) => {
    const column = quoteName(name);
    return arrow.DataType.isUtf8(type)
      ? `encode(coalesce(string_agg(${column}, ''), '')), list(coalesce(strlen(${column}), -1)::INTEGER)`
      : `list(${column})`;
  });
  const result = await connection.run(
    `select ${selected.join(', ')} from ${table} where rowid >= ${from} and rowid < ${from + batchRows}`,
  );
  const chunk = (await result.fetchChunk())!;
  let place = 0;
  let length = 0;
  const children = columns.map(({ type }) => {
    const text = arrow.DataType.isUtf8(type)
      ? (chunk.getColumnVector(place++).getItem(0) as { bytes: Uint8Array }).bytes
      : undefined;
    const values = (chunk.getColumnVector(place++) as DuckDBListVector).getItemVector(0)!;
    length = values.itemCount;
    return text === undefined ? fixedWidth(type, values) : texts(text, values);
  });
  return new arrow.RecordBatch(
    schema,
    arrow.makeData({ type: new arrow.Struct(schema.fields), length, children }),
  );
}

/** The bytes of a DuckDB vector of these types are the bytes of an Arrow column. */
interface FixedWidthVector {
  readonly itemCount: number;
  readonly validity: { itemValid(at: number): boolean };
  /** Numbers and dates. */
  readonly items?: ArrayLike<number> | ArrayLike<bigint>;
  /** 128-bit decimals. */
  readonly dataView?: DataView;
}

function fixedWidth(type: arrow.DataType, vector: DuckDBVector): arrow.Data {
  // The fields are private in the declaration of the package; its exact version is pinned, and a
  // test reads them.
  const { itemCount, validity, items, dataView } = vector as unknown as FixedWidthVector;
  const { nullCount, nullBitmap, setNull } = nulls(itemCount);
  for (let at = 0; at < itemCount; at++) if (!validity.itemValid(at)) setNull(at);
  const data =
    dataView === undefined
      ? items
      : new Uint32Array(dataView.buffer.slice(dataView.byteOffset), 0, itemCount * 4);
  return arrow.makeData({
    type,
    length: itemCount,
    nullCount: nullCount(),
    nullBitmap: nullBitmap(),
    data,
  } as never);
}

function texts(data: Uint8Array, lengths: DuckDBVector): arrow.Data {
  const items = (lengths as unknown as { items: Int32Array }).items;
  const { nullCount, nullBitmap, setNull } = nulls(lengths.itemCount);
  const valueOffsets = new Int32Array(lengths.itemCount + 1);
  for (let at = 0, end = 0; at < lengths.itemCount; at++) {
    if (items[at]! < 0) setNull(at);
    else end += items[at]!;
    valueOffsets[at + 1] = end;
  }
  return arrow.makeData({
    type: new arrow.Utf8(),
    length: lengths.itemCount,
    nullCount: nullCount(),
    nullBitmap: nullBitmap(),
    valueOffsets,
    data,
  });
}

/** Arrow wants no bitmap at all where nothing is NULL. */
function nulls(length: number) {
  let count = 0;
  let bitmap: Uint8Array | undefined;
  return {
    nullCount: () => count,
    nullBitmap: () => bitmap,
    setNull: (at: number): void => {
      bitmap ??= new Uint8Array((length + 7) >> 3).fill(255);
      bitmap[at >> 3]! &= ~(1 << (at & 7));
      count++;
    },
  };
}
