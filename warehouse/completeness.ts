/** What a load can say about being whole: against TikTok's own count of rows, and its own sums. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../policy/stream.ts';
import { quoteName, rowsOf } from './engine.ts';
import { additiveFields } from './rollups.ts';
import type { Staged } from './stage.ts';
import type { Completeness, LoadInput } from './warehouse.ts';

/** `rows` is SQL for everything that TikTok sent for the window, one row a key. */
export async function judgeCompleteness(
  connection: DuckDBConnection,
  stream: Stream,
  input: LoadInput,
  staged: Staged,
  rows: string,
): Promise<Completeness> {
  if (input.moving || (input.listsDeleted && staged.duplicates > 0)) return 'moving';
  if (input.cut || input.totalNumber === null) return 'unverifiable';
  if (staged.rows !== input.totalNumber) return 'moving';
  return (await sumsAgree(connection, stream, input.totalMetrics, rows)) ? 'verified' : 'counted';
}

async function sumsAgree(
  connection: DuckDBConnection,
  stream: Stream,
  totals: LoadInput['totalMetrics'],
  rows: string,
): Promise<boolean> {
  if (totals === null) return false;
  const compared = additiveFields(stream).filter(({ name }) => isNumber(totals[name]));
  if (compared.length === 0) return false;
  const conditions = compared.map(
    ({ name }, at) => `coalesce(sum(${quoteName(name)}), 0) = $${at + 1}::DECIMAL(38,6)`,
  );
  const [row] = await rowsOf(
    connection,
    `select ${conditions.join(' and ')} as agree from ${rows}`,
    compared.map(({ name }) => totals[name]!),
  );
  return row?.agree === true;
}

const isNumber = (text: string | undefined): boolean => /^-?\d+(\.\d+)?$/.test(text ?? '');
