import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openRegistry } from '../registry/open.ts';
import { askDatabase, createTestDatabase } from '../test/databases.ts';

const program = fileURLToPath(new URL('./hub.ts', import.meta.url));

test('`hub audit verify` says what holds, prints the head, and fails where the chain is broken', async () => {
  const database = await createTestDatabase();
  const registry = await openRegistry({
    databaseUrl: database.url,
    clock: { now: () => new Date() },
  });
  const entry = {
    actorId: 'a',
    act: 'account-data-read',
    subjectId: 'b',
    reason: 'legal',
  } as const;
  for (let nth = 0; nth < 3; nth += 1) await registry.audit.append(entry);
  await registry.close();
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; out: string }>((resolve) => {
      const env = { ...process.env, DATABASE_URL: database.url };
      execFile(process.execPath, [program, 'audit', ...args], { env }, (error, out, errors) =>
        resolve({ code: error?.code ?? 0, out: out + errors }),
      );
    });
  const good = await run('verify');
  expect(good).toMatchObject({ code: 0 });
  expect(good.out).toContain('3 entries hold.');
  const head = /--head (3:[0-9a-f]{64})/.exec(good.out)![1]!;
  expect(await run('verify', '--head', head)).toMatchObject({ code: 0 });
  expect((await run('verify', '--head', 'none')).out).toContain('Usage:');
  await askDatabase(
    database.url,
    `alter table audit_entries disable trigger all; delete from audit_entries where sequence = 2`,
  );
  const broken = await run('verify');
  expect(broken).toMatchObject({ code: 1 });
  expect(broken.out).toContain('does not hold at entry 2: missing');
  await database.drop();
});
