/** Tokens that nobody needs any more: real registry and keys; TikTok is what a test says. */
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { keyId } from '../keyring/keyring.ts';
import { HubError } from '../policy/errors.ts';
import { sealContexts } from '../policy/seals.ts';
import { type ApiHub, createApiHub } from '../test/api-hub.ts';
import { createReconcileObligationsActivities } from './reconcile-obligations.ts';
import { createRevokeConnectionActivities } from './revoke-connection.ts';

const hourMs = 3_600_000;
const accounts = [{ accountId: '7001035076276387841', name: 'Pottery' }];

let hub: ApiHub;
let asked: string[];
let answer: () => Promise<void>;
let activities: ReturnType<typeof createRevokeConnectionActivities> &
  ReturnType<typeof createReconcileObligationsActivities>;

beforeAll(async () => {
  hub = await createApiHub();
  const deps = {
    ...hub.deps,
    appId: 'app',
    starter: hub.workflows,
    renewAuthorisation: async () => {},
    applyRates: async () => {},
    client: {
      revokeToken: async (accessToken: string) => {
        asked.push(accessToken);
        await answer();
      },
    },
  };
  activities = {
    ...createRevokeConnectionActivities(deps),
    ...createReconcileObligationsActivities(deps),
  };
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.time.offsetMs = 0;
  asked = [];
  answer = async () => {};
});

const run = <T>(activity: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment().run(activity) as Promise<T>;

const unreachable = async (): Promise<never> => {
  throw new HubError('TIKTOK_UNREACHABLE', 'TikTok does not answer.');
};

const stateOf = async (id: string) => {
  const { state, sealedToken } = (await hub.deps.registry.authorisations.find(id))!;
  return {
    state,
    token: sealedToken !== null,
    key: hub.deps.keyring.has(keyId('authorisation', id)),
  };
};
const untouched = { state: 'active', token: true, key: true };
const gone = { state: 'ended', token: false, key: false };
const tasksOf = (subjectId: string) => hub.deps.registry.tasks.list({ subjectId });

test('TikTok may be asked for a day; then a person is told that the token may still be valid there', async () => {
  const { registry, clock } = hub.deps;
  const { id: connectionId, authorisationId } = await hub.connect('7001035076276387850');
  await registry.fence.revoke(connectionId, { cause: 'disconnect', eraseDueAt: clock.now() });
  answer = unreachable;
  const revoke = () => run(() => activities.revokeToken({ connectionId }));
  await expect(revoke()).rejects.toMatchObject({ type: 'TIKTOK_UNREACHABLE' });
  hub.time.offsetMs = 23 * hourMs;
  await expect(revoke()).rejects.toMatchObject({ type: 'TIKTOK_UNREACHABLE' });
  expect(await stateOf(authorisationId)).toEqual(untouched);
  hub.time.offsetMs = 24 * hourMs;
  const { token } = await revoke();
  expect(token).toBe('unrevoked');
  await run(() => activities.forgetToken({ connectionId, token }));
  expect(await stateOf(authorisationId)).toEqual(gone);
  await run(() => activities.forgetToken({ connectionId, token }));
  expect(await tasksOf(authorisationId)).toMatchObject([{ kind: 'token-may-be-valid' }]);
});

test('a token that TikTok took back is no task', async () => {
  const { registry, clock } = hub.deps;
  const { id: connectionId, authorisationId } = await hub.connect('7001035076276387851');
  await registry.fence.revoke(connectionId, { cause: 'disconnect', eraseDueAt: clock.now() });
  const { token } = await run(() => activities.revokeToken({ connectionId }));
  expect(token).toBe('revoked');
  await run(() => activities.forgetToken({ connectionId, token }));
  expect(await stateOf(authorisationId)).toEqual(gone);
  expect(await tasksOf(authorisationId)).toEqual([]);
});

test('whose owner chooses no account within a day is revoked at TikTok and destroyed here', async () => {
  const unchosen = await hub.authorise(accounts);
  const { authorisationId: used } = await hub.connect('7001035076276387852');
  const pending = randomUUID();
  const key = await hub.deps.keyring.ensure('authorisation', pending);
  await hub.deps.registry.authorisations.create({
    ...{ id: pending, workspaceId: hub.workspace.id, platform: 'tiktok-ads' },
    sealedCode: await hub.deps.keyring.seal(
      [key],
      sealContexts.authorisationCode(pending),
      Buffer.from('code'),
    ),
  });
  hub.time.offsetMs = 24 * hourMs - 60_000;
  hub.workflows.calls.length = 0;
  await run(() => activities.startOwed());
  expect(hub.workflows.calls.join()).toContain(unchosen.id);
  expect(await run(() => activities.endUnchosen())).toEqual({ ended: 0 });
  hub.time.offsetMs = 24 * hourMs;
  hub.workflows.calls.length = 0;
  await run(() => activities.startOwed());
  expect(hub.workflows.calls.join()).not.toContain(unchosen.id);
  expect(await run(() => activities.endUnchosen())).toEqual({ ended: 2 });
  expect(asked).toEqual(['token']);
  expect(await stateOf(unchosen.id)).toEqual(gone);
  expect(await stateOf(pending)).toEqual(gone);
  expect(await stateOf(used)).toEqual(untouched);
  expect(await tasksOf(unchosen.id)).toEqual([]);
});

test('while TikTok does not answer it stays for another day at most', async () => {
  const { id } = await hub.authorise(accounts);
  answer = unreachable;
  hub.time.offsetMs = 47 * hourMs;
  expect(await run(() => activities.endUnchosen())).toEqual({ ended: 0 });
  expect(await stateOf(id)).toEqual(untouched);
  hub.time.offsetMs = 48 * hourMs;
  expect(await run(() => activities.endUnchosen())).toEqual({ ended: 1 });
  expect(asked).toHaveLength(2);
  expect(await stateOf(id)).toEqual(gone);
  expect(await tasksOf(id)).toMatchObject([{ kind: 'token-may-be-valid' }]);
});
