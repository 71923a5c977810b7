/**
 * A key that came twice in one pull. Pages that moved bring a row again; the hour that autumn
 * repeats comes twice with one label, and there both rows are kept, told apart by `fold`.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../policy/stream.ts';
import type { Window } from '../policy/windows.ts';
import { countOf, quoteName, quoteText, rowsOf } from './engine.ts';
import type { QuarantinedRow } from './parse.ts';

/**
 * Leaves one row a key in `staged`, the one that came last, and returns the others for the
 * quarantine. Sets `fold` in streams by hour. Rows stand in the order of their arrival.
 */
export async function keepOneRowPerKey(
  connection: DuckDBConnection,
  stream: Stream,
  { window, timeZone }: { window: Window; timeZone: string },
  rows: number,
): Promise<QuarantinedRow[]> {
  const key = stream.key.map(quoteName).join(', ');
  const keys = await countOf(
    connection,
    `select count(*) from (select 1 from staged group by ${key})`,
  );
  if (keys === rows) return [];
  if (stream.time?.grain === 'hour') await foldRepeatedHours(connection, stream, window, timeZone);
  return removeRepeated(connection, stream);
}

/** Nothing says which of two equal hours came first: their order is that of their content. */
async function foldRepeatedHours(
  connection: DuckDBConnection,
  stream: Stream,
  window: Window,
  timeZone: string,
): Promise<void> {
  const hours = repeatedHours(window, timeZone);
  if (hours.length === 0) return;
  const content = stream.fields.map(({ name }) => `${quoteName(name)} nulls first`).join(', ');
  await connection.run(`
    update staged set fold = ranked.fold from (
      select rowid as place, row_number() over (partition by ${stream.key.map(quoteName).join(', ')}
        order by ${content}, rowid) - 1 as fold
      from staged
      where ${quoteName(stream.time!.field)} in (${hours.map((hour) => `${quoteText(hour)}::TIMESTAMP`)})
    ) ranked
    where staged.rowid = ranked.place and ranked.fold = 1`);
}

async function removeRepeated(
  connection: DuckDBConnection,
  stream: Stream,
): Promise<QuarantinedRow[]> {
  const key = [...stream.key, ...(stream.time?.grain === 'hour' ? ['fold'] : [])];
  // Of an entity that changed while it was listed, the newest change counts.
  const changedAt =
    stream.load === 'entity' && stream.fields.some(({ name }) => name === 'modify_time');
  await connection.run(`
    create temp table repeated as
    select rowid as place from staged
    qualify row_number() over (partition by ${key.map(quoteName).join(', ')}
      order by ${changedAt ? 'modify_time desc nulls last, ' : ''}rowid desc) > 1`);
  const fields = stream.fields.map(
    ({ name }) => `${quoteName(name)}::VARCHAR as ${quoteName(name)}`,
  );
  const rows = await rowsOf(
    connection,
    `select ${fields.join(', ')} from staged where rowid in (select place from repeated)`,
  );
  await connection.run('delete from staged where rowid in (select place from repeated)');
  await connection.run('drop table repeated');
  return rows.map((row) => ({
    reason: 'repeated key',
    record: row as Record<string, string | null>,
  }));
}

/** Wall-clock hours of the window that its zone passes twice, as `YYYY-MM-DD HH:00:00`. */
export function repeatedHours({ from, to }: Window, timeZone: string): string[] {
  const zone = wallClock(timeZone);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  // A day more at both ends covers every offset from UTC; a window by hour is one day long.
  const end = Date.parse(`${to}T00:00:00Z`) + 2 * 86_400_000;
  for (let at = Date.parse(`${from}T00:00:00Z`) - 86_400_000; at < end; at += 1_800_000) {
    const half = zone(at);
    if (seen.has(half)) repeated.add(`${half.slice(0, 13)}:00:00`);
    seen.add(half);
  }
  return [...repeated];
}

/** `YYYY-MM-DD HH:MM` of an instant in a zone. Half hours matter: one zone moves by 30 minutes. */
function wallClock(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return (at) => format.format(at);
}
