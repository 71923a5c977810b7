import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine, rowsOf } from './engine.ts';
import { FactsFiles } from './files.ts';
import { columnsOf } from './tables.ts';
import {
  dailyRow,
  openTestWarehouse,
  pullInto,
  type TestWarehouse,
  testStreams,
} from './testing.ts';

let test: TestWarehouse;
let engine: Engine;
let facts: FactsFiles;
beforeAll(async () => {
  test = await openTestWarehouse({ streams: testStreams });
  engine = await openEngine({ ...test.options, spillFolder: join(test.folder, 'spill-2') });
  facts = new FactsFiles({
    ...test.options,
    folder: join(test.folder, 'files-2'),
    engine,
    streams: testStreams,
    attachedFilesMax: 2,
  });
});
afterAll(async () => {
  await facts.close();
  engine.close();
  await test.close();
});

const attached = async (): Promise<string[]> => {
  const rows = await engine.using((connection) =>
    rowsOf(
      connection,
      `select database_name as name from duckdb_databases() where path is not null`,
    ),
  );
  return rows.map(({ name }) => String(name)).sort();
};

describe('files of connections', () => {
  it('are evicted when idle, the longest idle one first, and attached again on demand', async () => {
    for (const id of ['a', 'b', 'c']) await facts.create(id);
    expect(await attached()).toEqual(['facts_b', 'facts_c']);
    await engine.using((connection) => facts.read('b', connection, async () => {}));
    await engine.using((connection) =>
      facts.read('a', connection, async (alias) => {
        expect(await rowsOf(connection, `from "${alias}".ads`)).toEqual([]);
      }),
    );
    expect(await attached()).toEqual(['facts_a', 'facts_b']);
  });

  it('in use stay, even beyond the limit', async () => {
    await engine.using((connection) =>
      facts.readAll(['a', 'b', 'c'], connection, async () => {
        expect(await attached()).toEqual(['facts_a', 'facts_b', 'facts_c']);
      }),
    );
  });

  it('are written by one at a time', async () => {
    const order: string[] = [];
    const write = (name: string) =>
      engine.using((connection) =>
        facts.write('a', connection, async () => {
          order.push(`${name} in`);
          await rowsOf(connection, 'select 1');
          order.push(`${name} out`);
        }),
      );
    await Promise.all([write('1'), write('2')]);
    // Whose connection was ready first writes first.
    const [first, second] = order[0] === '1 in' ? ['1', '2'] : ['2', '1'];
    expect(order).toEqual([`${first} in`, `${first} out`, `${second} in`, `${second} out`]);
  });

  it('are taken exclusively by interrupting who still reads, while newcomers wait', async () => {
    const connection = await engine.connect();
    const started = Promise.withResolvers<void>();
    const reading = facts.read('a', connection, () => {
      started.resolve();
      return rowsOf(
        connection,
        'select sum(a.range * b.range) from range(1000000) a, range(1000000) b',
      );
    });
    const ended = reading.then(
      () => 'finished',
      (error: Error) => error.message,
    );
    await started.promise;
    const begun = performance.now();
    let newcomer = '';
    const exclusive = facts.exclusively('a', async () => {
      expect(await attached()).not.toContain('facts_a');
      expect(newcomer).toBe('');
    });
    const waiting = engine.using((second) =>
      facts.read('a', second, async () => {
        newcomer = 'entered';
      }),
    );
    await exclusive;
    expect(performance.now() - begun).toBeGreaterThan(450);
    expect(await ended).toMatch(/interrupt/i);
    await waiting;
    expect(newcomer).toBe('entered');
    connection.closeSync();
  });

  it('exist by name only for ids that are safe in paths and SQL', async () => {
    await expect(facts.create('../x')).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    await expect(
      engine.using((connection) => facts.read('unknown', connection, async () => {})),
    ).rejects.toMatchObject({ code: 'WAREHOUSE_FILE_MISSING' });
  });
});

describe('the warehouse', () => {
  it('proves its encryption and that it reaches no network', async () => {
    await test.warehouse.selfTest();
    expect(readdirSync(test.options.spillFolder)).toEqual([]);
  });

  it('stores no plaintext, in the file or its log', async () => {
    await test.warehouse.create('secret');
    const rows = [dailyRow(1, '2026-11-02', { ad_text: 'canary-7b1f' })];
    await pullInto(test.warehouse, { connectionId: 'secret', rows, pullId: 'kept' });
    await test.warehouse.close();
    // Names of columns are never compressed: a plain file shows them, so the search can find.
    const plain = join(test.folder, 'plain.duckdb');
    await engine.using(async (connection) => {
      await connection.run(`attach '${plain}' as plain`);
      await connection.run('create table plain.t as select 1 as stat_time_day');
      await connection.run('detach plain');
    });
    expect(readFileSync(plain).includes('stat_time_day')).toBe(true);
    const bytes = readFileSync(join(test.options.folder, 'secret.facts.duckdb'));
    expect(bytes.length).toBeGreaterThan(10_000);
    expect(bytes.includes('stat_time_day')).toBe(false);
    await test.open();
  });

  it('gives an old file the columns and tables that its streams gained', async () => {
    const old = testStreams
      .filter(({ name }) => name !== 'campaigns')
      .map((stream) => ({ ...stream, fields: stream.fields.filter(({ name }) => name !== 'ctr') }));
    await test.warehouse.close();
    await test.open({ streams: old });
    await test.warehouse.create('old');
    await pullInto(test.warehouse, { connectionId: 'old', rows: [dailyRow(1, '2026-11-02')] });
    await test.warehouse.close();
    await test.open();
    const result = await pullInto(test.warehouse, {
      connectionId: 'old',
      at: 1,
      rows: [dailyRow(1, '2026-11-02')],
    });
    expect(result).toMatchObject({ changed: 1 });
    await test.warehouse.close();
    const fresh = new FactsFiles({ ...test.options, engine, streams: testStreams });
    for (const id of ['old', 'new']) {
      await fresh.create(id);
      await engine.using((connection) =>
        fresh.read(id, connection, async (alias) => {
          for (const stream of testStreams) {
            const columns = await rowsOf(connection, `describe "${alias}"."${stream.name}"`);
            const found = columns.map(({ column_name }) => String(column_name)).sort();
            expect(found).toEqual(
              columnsOf(stream)
                .map(({ name }) => name)
                .sort(),
            );
          }
        }),
      );
    }
    await fresh.close();
    await test.open();
  });

  it('wipes what a killed process left in the spill folder', async () => {
    const left = join(test.options.spillFolder, 'left-over.tmp');
    const { writeFileSync } = await import('node:fs');
    await test.warehouse.close();
    writeFileSync(left, 'plain');
    await test.open();
    expect(existsSync(left)).toBe(false);
  });
});
