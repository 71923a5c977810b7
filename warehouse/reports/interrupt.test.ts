/** Statements that would run for minutes, on real DuckDB: ended when nobody waits. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { interruptOnAbort } from './interrupt.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeEach(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterEach(() => {
  connection.closeSync();
  instance.closeSync();
});

/** Minutes of work; a failing interrupt shows as a time-out. */
const endless = 'select count(*) from range(1e12::BIGINT) where sqrt(range) = 0.5';

it('ends the statement that runs, and the one that begins just after', async () => {
  const leaving = new AbortController();
  const release = interruptOnAbort(connection, leaving.signal);
  const running = connection.run(endless);
  leaving.abort();
  await expect(running).rejects.toThrow(/INTERRUPT/i);
  await expect(connection.run(endless)).rejects.toThrow(/INTERRUPT/i);
  release();
  expect((await connection.runAndReadAll('select 42')).getRows()).toEqual([[42]]);
});

it('leaves a connection alone without an abort, and ends at once after one', async () => {
  const leaving = new AbortController();
  const release = interruptOnAbort(connection, leaving.signal);
  expect((await connection.runAndReadAll('select 42')).getRows()).toEqual([[42]]);
  release();
  leaving.abort();
  expect((await connection.runAndReadAll('select 43')).getRows()).toEqual([[43]]);
  const later = interruptOnAbort(connection, leaving.signal);
  await expect(connection.run(endless)).rejects.toThrow(/INTERRUPT/i);
  later();
});
