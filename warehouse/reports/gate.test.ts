import { expect, it } from 'vitest';
import { Gate } from './gate.ts';

/** Work that ends when the test says so; `begun` lists it in the order of its turns. */
function workshop(limits = { atOnce: 3, atOnceOfOne: 2, waitingMax: 10 }) {
  const gate = new Gate(limits);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, signal?: AbortSignal): Promise<string> =>
    gate.run(
      name[0]!,
      async () => {
        begun.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
        return name;
      },
      signal,
    );
  return {
    begun,
    start,
    async end(work: Promise<string>, name: string) {
      ends.get(name)!();
      await work;
    },
  };
}

it('lets another workspace in at once, however much one has asked for', async () => {
  const { begun, start, end } = workshop();
  const work = new Map(['a1', 'a2', 'a3', 'a4', 'b1'].map((name) => [name, start(name)]));
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  await end(work.get('b1')!, 'b1');
  // The free place is for others: `a` has its two.
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  await end(work.get('a1')!, 'a1');
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
});

it('takes turns among the workspaces that wait, each in its own order', async () => {
  const { begun, start, end } = workshop({ atOnce: 1, atOnceOfOne: 1, waitingMax: 10 });
  const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'];
  const work = new Map(names.map((name) => [name, start(name)]));
  const turns = ['a1', 'a2', 'b1', 'c1', 'a3', 'b2'];
  for (const name of turns) await end(work.get(name)!, name);
  expect(begun).toEqual(turns);
});

it('refuses what would wait behind too many, and goes on after a failure', async () => {
  const { begun, start, end } = workshop({ atOnce: 1, atOnceOfOne: 1, waitingMax: 1 });
  const [first, second] = [start('a1'), start('a2')];
  await expect(start('a3')).rejects.toMatchObject({ code: 'WORKSPACE_BUSY', retryAfterMs: 5000 });
  await end(first, 'a1');
  await end(second, 'a2');
  expect(begun).toEqual(['a1', 'a2']);
  const gate = new Gate({ atOnce: 1, atOnceOfOne: 1, waitingMax: 1 });
  await expect(gate.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(gate.run('a', async () => 'yes')).resolves.toBe('yes');
});

it('who goes away while waiting leaves the line', async () => {
  const { begun, start, end } = workshop({ atOnce: 1, atOnceOfOne: 1, waitingMax: 2 });
  const leaving = new AbortController();
  const first = start('a1');
  const second = start('a2', leaving.signal);
  const third = start('a3');
  leaving.abort();
  await expect(second).rejects.toMatchObject({ name: 'AbortError' });
  await end(first, 'a1');
  expect(begun).toEqual(['a1', 'a3']);
  await end(third, 'a3');
  await expect(start('a4', leaving.signal)).rejects.toMatchObject({ name: 'AbortError' });
});
