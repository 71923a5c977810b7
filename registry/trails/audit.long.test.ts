/** A trail of years: what verifying it costs is printed. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../test/databases.ts';
import { migrate } from '../migrate.ts';
import { entryHash, microseconds } from './chain.ts';
import { verifyAuditTrail } from './verify.ts';

const entries = 100_000;
const perStatement = 10_000;

test('100,000 entries are verified in pages, and one changed bit is found', async () => {
  const database = await createTestDatabase();
  await migrate(database.url);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('alter table audit_head disable trigger all');
  let previous = Buffer.alloc(32) as Buffer;
  for (let first = 1; first <= entries; first += perStatement) {
    const rows = Array.from({ length: perStatement }, (_, nth) => {
      const at = new Date(Date.UTC(2026, 0, 1) + (first + nth) * 1_000);
      const entry = {
        ...{ sequence: first + nth, actor: 'a-handle', act: 'account-data-read' },
        ...{ subject: 'another', reason: 'support', commitment: Buffer.alloc(32, nth) },
      };
      const hash = entryHash(previous, { ...entry, at: microseconds(at) });
      const row = { ...entry, at, previous, hash };
      previous = hash;
      return row;
    });
    const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name]);
    await client.query(
      `insert into audit_entries
         (sequence, at, actor, act, subject, reason, commitment, previous_hash, hash)
       select sequence, at, 'a-handle', 'account-data-read', 'another', 'support', c, p, h
       from unnest($1::bigint[], $2::timestamptz[], $3::bytea[], $4::bytea[], $5::bytea[])
         as given (sequence, at, c, p, h)`,
      [column('sequence'), column('at'), column('commitment'), column('previous'), column('hash')],
    );
  }
  await client.query('update audit_head set sequence = $1, hash = $2', [entries, previous]);
  const started = performance.now();
  const cpu = process.cpuUsage();
  expect(await verifyAuditTrail(database.url)).toMatchObject({ entries, broken: null });
  const { user, system } = process.cpuUsage(cpu);
  const seconds = ((performance.now() - started) / 1_000).toFixed(2);
  console.log(`${entries} entries verified in ${seconds} s, ${(user + system) / 1e6} CPU seconds`);
  await client.query('alter table audit_entries disable trigger all');
  await client.query(
    'update audit_entries set commitment = set_bit(commitment, 7, 1 - get_bit(commitment, 7)) where sequence = 99999',
  );
  expect((await verifyAuditTrail(database.url)).broken).toEqual({
    sequence: 99_999,
    why: 'changed',
  });
  await client.end();
  await database.drop();
});
