/** A night over real files and keys; the registry answers what each case needs. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestWarehouse, type TestWarehouse } from '../warehouse/testing.ts';
import { createPurgeExpiredActivities, type PurgeExpiredDeps } from './purge-expired.ts';

let hub: TestWarehouse;
beforeAll(async () => {
  hub = await openTestWarehouse();
});
afterAll(() => hub.close());

function activities(state: string | undefined, cause = 'disconnect') {
  const purged: Date[] = [];
  const purge = async (before: Date) => {
    purged.push(before);
    return { removed: 0, unhandled: 0 };
  };
  const deps = {
    registry: {
      connections: { find: async () => (state === undefined ? undefined : { state }) },
      obligations: { open: async () => [{ cause }] },
      events: { purge },
      buyerLooks: { purge },
      activity: {
        purge: async (day: string) => purged.push(new Date(day)),
        prepare: async () => {},
      },
      accounts: { unverified: async () => ['unverified'], removeUnverified: async () => {} },
      links: { purge: async () => {} },
      sessions: { purge: async () => {} },
      throttles: { purge: async () => {} },
    },
    warehouse: hub.warehouse,
    keyring: hub.keyring,
    clock: { now: () => hub.now },
  } as unknown as PurgeExpiredDeps;
  const run = <I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> =>
    new MockActivityEnvironment().run(activity, input);
  return { made: createPurgeExpiredActivities(deps), run, purged };
}

const peopleKeys = () =>
  hub.keyring.list().flatMap(({ owner }) => (owner.includes('.people.') ? [owner] : []));

test('a shop that lives gets a new key; one that was disconnected has no buyers any more', async () => {
  await hub.warehouse.create('shop', 'tiktok-shop');
  const lives = activities('active');
  expect(await lives.run(lives.made.listBuyersFiles, undefined)).toEqual({
    connectionIds: ['shop'],
  });
  const input = { connectionId: 'shop' };
  expect(await lives.run(lives.made.expireBuyers, input)).toEqual({ done: 'rewritten' });
  expect(peopleKeys()).toEqual(['shop.people.2']);
  // It may be authorised again within three days; nothing goes earlier.
  const dead = activities('restricted', 'authorisation-dead');
  expect(await dead.run(dead.made.expireBuyers, input)).toEqual({ done: 'rewritten' });
  expect(peopleKeys()).toEqual(['shop.people.3']);
  const ended = activities('restricted');
  expect(await ended.run(ended.made.expireBuyers, input)).toEqual({ done: 'forgotten' });
  expect(peopleKeys()).toEqual([]);
});

test('logs go by their age, keys of days a day after all that they sealed', async () => {
  for (const day of ['2026-10-23', '2026-10-24', '2026-11-24'])
    await hub.keyring.ensure('day', day);
  await hub.keyring.ensure('account', 'unverified');
  await hub.keyring.ensure('account', 'verified');
  const { made, run, purged } = activities(undefined);
  await run(made.expireFiles, undefined);
  await run(made.expireEvents, undefined);
  await run(made.expireDayKeys, undefined);
  expect(purged.map((before) => before.toISOString().slice(0, 10))).toEqual([
    '2026-11-17',
    '2026-05-28',
    '2026-05-28',
  ]);
  const days = hub.keyring.list().filter(({ purpose }) => purpose === 'day');
  expect(days.map(({ owner }) => owner).sort()).toEqual(['2026-10-24', '2026-11-24']);
  const accounts = hub.keyring.list().filter(({ purpose }) => purpose === 'account');
  expect(accounts.map(({ owner }) => owner)).toEqual(['verified']);
});
