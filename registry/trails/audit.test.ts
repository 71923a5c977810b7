import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askDatabase, createTestDatabase } from '../../test/databases.ts';
import { openDatabase } from '../database.ts';
import { openRegistry } from '../open.ts';
import type { Registry } from '../registry.ts';
import { appendAudit, type NewAuditEntry } from './audit.ts';
import { verifyAuditTrail } from './verify.ts';

const clock = { now: () => new Date('2026-03-01T10:00:00.123Z') };
let database: { url: string; drop(): Promise<void> };
let registry: Registry;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = await openRegistry({ databaseUrl: database.url, clock });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});
/** As whoever owns the database can, whatever triggers say. They are put back as the schema has them. */
async function tamper(...statements: string[]): Promise<void> {
  const tables = ['audit_entries', 'audit_head'];
  const triggers = tables.flatMap((table) =>
    ['kept', 'not_emptied', ...(table === 'audit_head' ? ['moves_on'] : [])].map(
      (name) => `alter table ${table} enable always trigger ${table}_${name}`,
    ),
  );
  const off = tables.map((table) => `alter table ${table} disable trigger all`);
  await askDatabase(database.url, [...off, ...statements, ...triggers].join('; '));
}
beforeEach(async () => {
  await tamper(
    'delete from audit_entries',
    'delete from audit_head',
    `insert into audit_head (sequence, hash) values (0, decode(repeat('00', 32), 'hex'))`,
  );
});

const read: NewAuditEntry = {
  actorId: 'officer',
  act: 'account-data-read',
  subjectId: 'seller',
  reason: 'privacy-request',
  details: { record: 'profile', rows: 1 },
};
const everything = { offset: 0, limit: 100 };
const appendSome = async (count = 6) => {
  for (let nth = 0; nth < count; nth += 1) {
    await registry.audit.append({ ...read, subjectId: `seller-${nth % 3}` });
  }
  return (await registry.audit.verify()).head;
};

test('an entry names accounts by handles and says what was done, when and why', async () => {
  const head = await registry.audit.append(read);
  const { rows, total } = await registry.audit.list(everything);
  expect(total).toBe(1);
  expect(rows[0]).toMatchObject({
    sequence: 1,
    at: clock.now(),
    act: 'account-data-read',
    reason: 'privacy-request',
  });
  expect(head).toEqual({ sequence: 1, hash: rows[0]!.hash.toString('hex') });
  const stored = JSON.stringify(await askDatabase(database.url, 'select * from audit_entries'));
  expect(stored).toContain('account-data-read');
  for (const person of ['officer', 'seller', 'profile']) expect(stored).not.toContain(person);
  expect((await registry.audit.about('seller', everything)).rows).toEqual(rows);
  expect((await registry.audit.about('officer', everything)).rows).toEqual([]);
});

test('who knows the details can prove them, until the account is forgotten', async () => {
  const { sequence } = await registry.audit.append(read);
  const again = await registry.audit.append(read);
  expect(await registry.audit.proves(sequence, read)).toBe(true);
  const others: Partial<NewAuditEntry>[] = [
    { details: { record: 'profile', rows: 2 } },
    { actorId: null },
    { act: 'account-erased' },
  ];
  for (const change of others) {
    expect(await registry.audit.proves(sequence, { ...read, ...change })).toBe(false);
  }
  const commitments = await askDatabase(database.url, 'select commitment from audit_entries');
  expect(commitments[0]!.commitment).not.toEqual(commitments[1]!.commitment);
  await registry.audit.forget('seller');
  expect(await registry.audit.proves(again.sequence, read)).toBeUndefined();
  expect((await registry.audit.about('seller', everything)).total).toBe(0);
  expect(await registry.audit.verify()).toMatchObject({ entries: 2, broken: null });
  await registry.audit.append(read);
  const { rows } = await registry.audit.list(everything);
  expect(rows[0]!.subject).not.toBe(rows[1]!.subject);
  expect(rows[0]!.actor).toBe(rows[1]!.actor);
});

test('what the software does itself has no actor', async () => {
  const entry = { actorId: null, act: 'admin-invited', subjectId: null, reason: null } as const;
  const { sequence } = await registry.audit.append(entry);
  expect((await registry.audit.list(everything)).rows[0]).toMatchObject({
    actor: null,
    subject: null,
  });
  expect(await registry.audit.proves(sequence, entry)).toBe(true);
});

test('an entry stands or falls with its cause', async () => {
  const own = openDatabase(database.url, 2);
  const change = (fails: boolean) =>
    own.transaction().execute(async (transaction) => {
      const row = { id: `w-${fails}`, name: 'Cause', createdAt: clock.now() };
      await transaction.insertInto('workspaces').values(row).execute();
      await appendAudit(transaction, clock, read);
      if (fails) throw new Error('the cause failed');
    });
  await expect(change(true)).rejects.toThrow('the cause failed');
  expect(await registry.audit.verify()).toMatchObject({ entries: 0, broken: null });
  await change(false);
  await own.destroy();
  expect(await registry.audit.verify()).toMatchObject({ entries: 1, broken: null });
  expect(await registry.workspaces.find('w-true')).toBeUndefined();
  expect(await registry.workspaces.find('w-false')).toBeDefined();
});

test('eight writers in two processes make one chain, and a reader meanwhile finds it whole', async () => {
  const program = fileURLToPath(new URL('./appending-process.ts', import.meta.url));
  const exits = ['one', 'two'].map(async (account) => {
    const args = [program, database.url, '8', '25', account];
    const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
    return code as number;
  });
  let running = true;
  const ended = Promise.all(exits).finally(() => {
    running = false;
  });
  let seen = 0;
  while (running) {
    const { broken, entries } = await registry.audit.verify();
    expect(broken).toBeNull();
    expect(entries).toBeGreaterThanOrEqual(seen);
    seen = entries;
  }
  expect(await ended).toEqual([0, 0]);
  expect(await registry.audit.verify()).toMatchObject({ entries: 400, broken: null });
});

test.each([
  'update audit_entries set act = act',
  'delete from audit_entries where sequence = 1',
  'truncate audit_entries',
  'update audit_head set sequence = sequence',
  'update audit_head set sequence = sequence - 1',
  'delete from audit_head',
  'truncate audit_head',
])('PostgreSQL refuses: %s', async (statement) => {
  await appendSome(2);
  for (const role of ['origin', 'replica']) {
    const asRole = `set session_replication_role = ${role}; ${statement}`;
    await expect(askDatabase(database.url, asRole)).rejects.toMatchObject({ code: '23000' });
  }
  expect(await registry.audit.verify()).toMatchObject({ entries: 2, broken: null });
});

const other = `decode(repeat('ab', 32), 'hex')`;
const setThird = (change: string) => `update audit_entries set ${change} where sequence = 3`;
test.each([
  ['time, by a microsecond', setThird(`at = at + interval '1 microsecond'`), 3, 'changed'],
  ['act', setThird(`act = 'account-erased'`), 3, 'changed'],
  ['actor', setThird(`actor = 'another'`), 3, 'changed'],
  ['actor, taken away', setThird('actor = null'), 3, 'changed'],
  ['subject', setThird(`subject = 'another'`), 3, 'changed'],
  ['reason', setThird('reason = null'), 3, 'changed'],
  ['commitment', setThird(`commitment = ${other}`), 3, 'changed'],
  ['hash', setThird(`hash = ${other}`), 3, 'changed'],
  ['previous hash', setThird(`previous_hash = ${other}`), 3, 'unlinked'],
  ['number', 'update audit_entries set sequence = 9 where sequence = 6', 6, 'missing'],
  ['removed', 'delete from audit_entries where sequence = 3', 3, 'missing'],
  ['removed first', 'delete from audit_entries where sequence = 1', 1, 'missing'],
  ['removed last', 'delete from audit_entries where sequence = 6', 6, 'cut'],
  ['all removed', 'delete from audit_entries', 1, 'cut'],
  ['head removed', 'delete from audit_head', 7, 'cut'],
  ['head changed', `update audit_head set hash = ${other}`, 7, 'cut'],
])('found: %s', async (_what, statement, sequence, why) => {
  await appendSome();
  expect((await registry.audit.verify()).broken).toBeNull();
  await tamper(statement);
  expect((await registry.audit.verify()).broken).toEqual({ sequence, why });
});

test('found: two entries in each other’s place, one put between', async () => {
  await appendSome();
  const swap = (from: number, to: number) =>
    `update audit_entries set sequence = ${to} where sequence = ${from}`;
  await tamper(swap(3, 30), swap(4, 3), swap(30, 4));
  expect((await registry.audit.verify()).broken).toEqual({ sequence: 3, why: 'unlinked' });
  await tamper(swap(3, 30), swap(4, 3), swap(30, 4));
  expect((await registry.audit.verify()).broken).toBeNull();
  await tamper(
    `insert into audit_entries select 7, at, actor, act, subject, reason, commitment,
       (select hash from audit_head), ${other} from audit_entries where sequence = 6`,
  );
  expect((await registry.audit.verify()).broken).toEqual({ sequence: 7, why: 'changed' });
});

test('a chain that was cut and continued is consistent, and an earlier head tells', async () => {
  const earlier = await appendSome();
  await tamper(
    'delete from audit_entries where sequence > 3',
    'update audit_head set (sequence, hash) = (select sequence, hash from audit_entries where sequence = 3)',
  );
  expect(await registry.audit.verify()).toMatchObject({ entries: 3, broken: null });
  expect((await verifyAuditTrail(database.url, earlier)).broken?.why).toBe('cut');
  for (const reason of ['legal', 'support', 'legal'] as const) {
    await registry.audit.append({ ...read, reason });
  }
  expect((await registry.audit.verify()).broken).toBeNull();
  expect((await registry.audit.verify(earlier)).broken).toEqual({ sequence: 6, why: 'rewritten' });
  expect((await verifyAuditTrail(database.url, await appendSome(1))).broken).toBeNull();
});
