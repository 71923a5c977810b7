/** Tokens of shops on real registry, keys and the sandbox, as several processes use them. */

import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Authorisation, Connection } from '../registry/registry.ts';
import {
  dayMs,
  refreshPath,
  type ShopConsents,
  shopsPath,
  startShopConsents,
} from '../test/shop-consents.ts';
import { createConnectAccountActivities } from './connect-account.ts';
import { openIdIndex } from './open-id-index.ts';
import { type KeptToken, openShopToken } from './shop-token.ts';

let world: ShopConsents;
let authorisation: Authorisation;
let connections: Connection[];
beforeAll(async () => {
  world = await startShopConsents();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.sandbox.face.faults.clear();
  world.sandbox.face.requests.clear();
  world.asked.length = 0;
  world.dead.length = 0;
  ({ authorisation, connections } = await world.consent(await world.workspace()));
});

const sellerId = () => world.sandbox.face.world.sellers[0]!.id;
const advance = (ms: number) => world.sandbox.face.advance(ms);
const kept = async (): Promise<KeptToken> =>
  openShopToken(world.deps, await world.authorisation(authorisation.id));
const owed = async () => {
  const asked = { kind: 'renew-authorisation', subjectId: authorisation.id } as const;
  return (await world.registry.obligations.open(asked)).map(({ dueAt }) => dueAt);
};
const untilDueMs = async () => (await owed())[0]!.getTime() - world.deps.clock.now().getTime();
const renewing = { code: 'AUTHORISATION_RENEWING' };
const lose = (count: number) =>
  world.sandbox.face.faults.add({ kind: 'lost-answer', path: refreshPath, count });
const refuse = (path: string, code: number, count?: number) =>
  world.sandbox.face.faults.add({ kind: 'code', path, code, count });

describe('a consent', () => {
  test('opens every shop that it reaches, and owes its renewal a day before the token ends', async () => {
    const shops = world.sandbox.face.world.shopsOf(sellerId());
    expect(shops.length).toBeGreaterThan(1);
    expect(connections.map(({ accountId }) => accountId).sort()).toEqual(
      shops.map(({ id }) => id).sort(),
    );
    for (const { accountId, currency, timeZone } of connections) {
      const shop = shops.find(({ id }) => id === accountId)!;
      expect({ currency, timeZone }).toEqual({ currency: shop.currency, timeZone: 'UTC' });
    }
    for (const connection of connections) {
      const cipher = await world.call(connection, async (context) => context.cipher);
      const shop = shops.find(({ id }) => id === connection.accountId)!;
      expect(cipher).toBe(shop.cipher);
      for (const sealed of [connection.sealedCipher!, authorisation.sealedToken!]) {
        expect(sealed.includes(cipher)).toBe(false);
        expect(sealed.includes((await kept()).accessToken)).toBe(false);
      }
    }
    expect((await untilDueMs()) / dayMs).toBeCloseTo(6, 2);
  });

  test('opens a shop once in a workspace; another workspace needs its own', async () => {
    const ids = (some: readonly Connection[]) => some.map(({ id }) => id).sort();
    const again = await world.consent(authorisation.workspaceId);
    expect(ids(again.connections)).toEqual(ids(connections));
    expect(await world.registry.authorisations.openConnections(authorisation.id)).toBe(0);
    const elsewhere = await world.consent(await world.workspace());
    expect(elsewhere.connections).toHaveLength(connections.length);
    const [one, other] = [connections[0]!, elsewhere.connections[0]!];
    expect(other.id).not.toBe(one.id);
    expect(other.accountId).toBe(one.accountId);
  });

  test('is found by TikTok’s id of who gave it, of which the table tells nothing', async () => {
    const { openId } = world.sandbox.face.world.sellers[0]!;
    const index = await openIdIndex(world.deps.keyring, openId);
    const found = await world.registry.connections.ofOpenId(index);
    expect(found.map(({ id }) => id)).toEqual(
      expect.arrayContaining(connections.map(({ id }) => id)),
    );
    expect(index.includes(openId)).toBe(false);
  });
});

test('given again ahead of its end it carries the connections on, under a newer consent', async () => {
  const again = await world.consent(authorisation.workspaceId);
  const [connection] = again.connections;
  expect(connection).toMatchObject({ state: 'active', epoch: 2 });
  expect(await world.call(connection!)).toHaveLength(connections.length);
  const ended = { code: 'CONSENT_ENDED' };
  await expect(world.call(connections[0]!)).rejects.toMatchObject(ended);
  // A workflow of the older consent that runs once more takes nothing back.
  const { openConnections } = createConnectAccountActivities(world.deps);
  const older = { authorisationId: authorisation.id, accountIds: null };
  const run = new MockActivityEnvironment().run(openConnections, older);
  expect(await run).toEqual({ connectionIds: [] });
  expect(await world.registry.connections.find(connection!.id)).toEqual(connection);
  expect(await world.call(connection!)).toHaveLength(connections.length);
  // The new one's token is renewed; of the old one nothing is asked.
  advance(6 * dayMs + 60_000);
  expect(await world.renew(authorisation.id)).toBe('not-owed');
  expect(await world.renew(again.authorisation.id)).toBe('renewed');
});

describe('a renewal', () => {
  test('is not made before it is owed, then puts the next one off', async () => {
    expect(await world.renew(authorisation.id)).toBe('not-owed');
    const before = await kept();
    advance(6 * dayMs + 60_000);
    expect(await world.renew(authorisation.id)).toBe('renewed');
    expect(world.requests(refreshPath)).toBe(1);
    const after = await kept();
    expect(after.accessToken).not.toBe(before.accessToken);
    expect(after.previousRefreshToken).toBe(before.refreshToken);
    expect(await owed()).toHaveLength(1);
    expect((await untilDueMs()) / dayMs).toBeCloseTo(6, 2);
    expect(await world.call(connections[0]!)).toHaveLength(connections.length);
    // It has worked: what was kept for the worst case goes.
    expect(await kept()).toMatchObject({ previousRefreshToken: null, renewalsInVain: 0 });
  });

  test('of two processes at once is one call to TikTok', async () => {
    const other = await world.another();
    advance(6 * dayMs + 60_000);
    world.sandbox.face.faults.add({ kind: 'slow', path: refreshPath, delayMs: 300, count: 1 });
    const outcomes = await Promise.all(
      [world, other, world, other].map((process) => process.renew(authorisation.id)),
    );
    expect(outcomes.sort()).toEqual(['not-owed', 'not-owed', 'not-owed', 'renewed']);
    expect(world.requests(refreshPath)).toBe(1);
    expect(await other.call(connections[1]!)).toHaveLength(connections.length);
  });

  test('whose answer is lost is made again with the token of before', async () => {
    const before = await kept();
    advance(6 * dayMs + 60_000);
    lose(2);
    const unreachable = { type: 'TIKTOK_UNREACHABLE', nonRetryable: false };
    await expect(world.renew(authorisation.id)).rejects.toMatchObject(unreachable);
    await expect(world.renew(authorisation.id)).rejects.toMatchObject(unreachable);
    expect(await kept()).toEqual(before);
    // Meanwhile the token of before works on, and it is owed still.
    expect(await world.call(connections[0]!)).toHaveLength(connections.length);
    expect(await untilDueMs()).toBeLessThan(0);
    expect(await world.renew(authorisation.id)).toBe('renewed');
    expect(await world.call(connections[0]!)).toHaveLength(connections.length);
    expect(world.dead).toEqual([]);
  });

  test('needs an open connection; without one nothing is asked of TikTok', async () => {
    advance(6 * dayMs + 60_000);
    for (const { id } of connections) {
      await world.registry.fence.revoke(id, { cause: 'test', eraseDueAt: world.deps.clock.now() });
    }
    expect(await world.renew(authorisation.id)).toBe('not-owed');
    expect(world.requests(refreshPath)).toBe(0);
    expect(await owed()).toEqual([]);
  });

  test('goes on for the connections that are left', async () => {
    advance(6 * dayMs + 60_000);
    const eraseDueAt = world.deps.clock.now();
    await world.registry.fence.revoke(connections[0]!.id, { cause: 'test', eraseDueAt });
    expect(await world.renew(authorisation.id)).toBe('renewed');
    expect(await world.call(connections[1]!)).toHaveLength(connections.length);
  });

  test('that TikTok refuses loses nothing while the present token works', async () => {
    const before = await kept();
    advance(6 * dayMs + 60_000);
    refuse(refreshPath, 36_004_004, 1);
    expect(await world.renew(authorisation.id)).toBe('unrenewable');
    expect(await kept()).toEqual(before);
    expect((await owed())[0]!.toISOString()).toBe(before.accessExpiresAt);
    expect(world.dead).toEqual([]);
    expect(await world.call(connections[0]!)).toHaveLength(connections.length);
    const tasks = () => world.registry.tasks.list({ subjectId: authorisation.id });
    const dueAt = new Date(before.accessExpiresAt);
    expect(await tasks()).toMatchObject([{ kind: 'token-not-renewable', dueAt }]);
    advance(dayMs);
    expect(await world.renew(authorisation.id)).toBe('renewed');
    expect(await tasks()).toEqual([]);
  });

  test('tries the refresh token of before while nothing has worked since', async () => {
    advance(6 * dayMs + 60_000);
    expect(await world.renew(authorisation.id)).toBe('renewed');
    // Another's answer had come meanwhile: TikTok knows neither token of this pair.
    refuse(shopsPath, 105_002, 1);
    await expect(world.call(connections[0]!)).rejects.toMatchObject(renewing);
    refuse(refreshPath, 36_004_004, 1);
    expect(await world.renew(authorisation.id)).toBe('renewed');
    expect(world.requests(refreshPath)).toBe(3);
    expect(await world.call(connections[0]!)).toHaveLength(connections.length);
  });
});

describe('a call', () => {
  test('with a token that ended on a Sunday waits, asks for a renewal, and goes on', async () => {
    advance(9 * dayMs);
    const calls = connections.map((connection) => world.call(connection));
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: renewing });
    }
    // The consent's list is the only one: nothing was sent with a token that is known to have ended.
    expect(world.requests(shopsPath)).toBe(1);
    expect(new Set(world.asked)).toEqual(new Set([authorisation.id]));
    expect(await untilDueMs()).toBeLessThanOrEqual(0);
    expect(await world.renew(authorisation.id)).toBe('renewed');
    for (const connection of connections) {
      expect(await world.call(connection)).toHaveLength(connections.length);
    }
  });

  test('that TikTok refuses early asks at once', async () => {
    const { authorisations } = world.sandbox.face;
    authorisations.change(sellerId(), { expireAccess: true });
    await expect(world.call(connections[0]!)).rejects.toMatchObject(renewing);
    expect(world.asked).toEqual([authorisation.id]);
    expect(await world.renew(authorisation.id)).toBe('renewed');
    expect(await world.call(connections[0]!)).toHaveLength(connections.length);
  });

  test('that was under way while the token was renewed asks for no other one', async () => {
    advance(6 * dayMs + 60_000);
    refuse(shopsPath, 105_002, 1);
    const call = world.call(connections[0]!, async ({ accessToken, signal }) => {
      await world.renew(authorisation.id);
      return world.client.listShops(accessToken, signal);
    });
    await expect(call).rejects.toMatchObject(renewing);
    expect(world.asked).toEqual([]);
    expect(await world.renew(authorisation.id)).toBe('not-owed');
  });

  test('whose renewed tokens never work finds the authorisation dead', async () => {
    advance(6 * dayMs + 60_000);
    refuse(shopsPath, 105_002);
    for (const expected of ['renewed', 'renewed']) {
      await expect(world.call(connections[0]!)).rejects.toMatchObject(renewing);
      expect(await world.renew(authorisation.id)).toBe(expected);
    }
    await expect(world.call(connections[0]!)).rejects.toMatchObject({ code: 'AUTHORISATION_DEAD' });
    expect(world.asked).toHaveLength(2);
  });
});

test.each([105_002, 36_009_004])('withdrawn (%i): dead, and told', async (withdrawnCode) => {
  world.sandbox.face.authorisations.change(sellerId(), { withdrawnCode });
  await expect(world.call(connections[0]!)).rejects.toMatchObject(renewing);
  expect(await world.renew(authorisation.id)).toBe('dead');
  expect(world.dead).toEqual([authorisation.id]);
  expect(await owed()).toEqual([]);
});
