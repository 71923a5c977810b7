import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';

const accounts = [
  { accountId: '7001035076276387841', name: 'Pottery & Söhne' },
  { accountId: '7001035076276387842', name: '陶器' },
];

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

test('an authorisation shows state, scopes and granted accounts, and no secret', async () => {
  const { id } = await hub.authorise(accounts);
  const response = await hub.call('GET', `/api/v1/authorisations/${id}`);
  expect(response.json()).toEqual({
    id,
    workspaceId: hub.workspace.id,
    platform: 'tiktok-ads',
    state: 'active',
    scopes: ['4', '200'],
    errorCode: null,
    accounts: accounts.map(({ accountId, name }) => ({ accountId, name })),
    createdAt: expect.any(String),
  });
  const list = await hub.call('GET', `/api/v1/authorisations?workspaceId=${hub.workspace.id}`);
  expect(list.json()).toContainEqual(response.json());
  await hub.deps.keyring.destroy([`authorisation:${id}`]);
  expect((await hub.call('GET', `/api/v1/authorisations/${id}`)).json().accounts).toBeNull();
});

test('chosen accounts go to the workflow, each once', async () => {
  const { id } = await hub.authorise(accounts);
  hub.workflows.calls.length = 0;
  const url = `/api/v1/authorisations/${id}/connections`;
  const accountIds = [accounts[0]!.accountId, accounts[0]!.accountId];
  const response = await hub.call('POST', url, { payload: { accountIds } });
  expect(response.statusCode).toBe(202);
  expect(response.json()).toEqual({ accepted: 1 });
  expect(hub.workflows.calls).toEqual([
    `chooseAccounts {"authorisationId":"${id}","accountIds":["${accountIds[0]}"]}`,
  ]);
});

test('a choice after the workflow is over is a conflict', async () => {
  const { id } = await hub.authorise(accounts);
  const over = Object.assign(new Error('gone'), { name: 'WorkflowNotFoundError' });
  hub.workflows.answers.chooseAccounts = () => Promise.reject(over);
  const response = await hub.call('POST', `/api/v1/authorisations/${id}/connections`, {
    payload: { accountIds: [accounts[0]!.accountId] },
  });
  expect(response.json()).toMatchObject({ code: 'STATE_CONFLICT', status: 409 });
  delete hub.workflows.answers.chooseAccounts;
});

test('accounts that were not granted, an ended authorisation and unknown ids are refused', async () => {
  const { id } = await hub.authorise(accounts);
  hub.workflows.calls.length = 0;
  const choose = (of: string, payload: object) =>
    hub.call('POST', `/api/v1/authorisations/${of}/connections`, { payload });
  const foreign = await choose(id, { accountIds: ['1', accounts[0]!.accountId] });
  expect(foreign.json()).toMatchObject({ code: 'REQUEST_INVALID', details: { notGranted: 1 } });
  for (const accountIds of [[], ['1; drop'], [7], 'all']) {
    expect((await choose(id, { accountIds })).statusCode).toBe(400);
  }
  const unknown = '8c0f6a3e-2f0e-4c4c-9a30-0f5f3f1f7a11';
  expect((await choose(unknown, { accountIds: ['1'] })).statusCode).toBe(404);
  await hub.deps.registry.authorisations.end(id);
  const ended = await choose(id, { accountIds: [accounts[0]!.accountId] });
  expect(ended.json()).toMatchObject({ code: 'STATE_CONFLICT', details: { state: 'ended' } });
  expect(hub.workflows.calls).toEqual([]);
});

test('a consent begins only for a workspace that exists', async () => {
  const begin = (workspaceId: string) =>
    hub.call('POST', '/api/v1/authorisations', {
      payload: { platform: 'tiktok-ads', workspaceId },
    });
  expect((await begin(hub.workspace.id)).statusCode).toBe(201);
  const refused = await begin('8c0f6a3e-2f0e-4c4c-9a30-0f5f3f1f7a11');
  expect(refused.statusCode).toBe(404);
  expect(refused.headers['set-cookie']).toBeUndefined();
});
