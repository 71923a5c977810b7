import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { type Keyring, keyId } from '../keyring/keyring.ts';
import { HubError } from '../policy/errors.ts';
import { type GrantedAccount, sealContexts } from '../policy/seals.ts';
import type { Authorisation } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { ConnectAccountActivities } from '../workflows/connect-account/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import { inSlot, openToken, type TikTokCallDeps } from './tiktok-call.ts';

export interface ConnectAccountDeps extends TikTokCallDeps {
  readonly keyring: Keyring;
  readonly warehouse: Pick<Warehouse, 'create'>;
  readonly client: Pick<TikTokAdsClient, 'exchangeAuthCode' | 'listAdvertisers'>;
  readonly log?: UnexpectedErrorLog;
}

export function createConnectAccountActivities(deps: ConnectAccountDeps): ConnectAccountActivities {
  const { registry, warehouse } = deps;
  return guarded<ConnectAccountActivities>(
    {
      async exchangeAuthCode({ authorisationId }) {
        const authorisation = await find(deps, authorisationId);
        if (authorisation.state !== 'pending') return { state: authorisation.state };
        return exchange(deps, authorisation);
      },

      async listAccounts({ authorisationId }) {
        const authorisation = await find(deps, authorisationId);
        const accessToken = await openToken(deps, authorisation);
        const accounts = await inSlot(deps, (signal) =>
          deps.client.listAdvertisers(accessToken, signal),
        );
        await registry.authorisations.activate(authorisationId, {
          scopes: authorisation.scopes,
          sealedToken: authorisation.sealedToken!,
          sealedAccounts: await sealAccounts(deps, authorisationId, accounts),
        });
        return { accounts: accounts.length };
      },

      async openConnections({ authorisationId, accountIds }) {
        const authorisation = await find(deps, authorisationId);
        const granted = await openAccounts(deps, authorisation);
        const chosen = granted.filter(
          ({ advertiserId }) => accountIds === null || accountIds.includes(advertiserId),
        );
        const connectionIds: string[] = [];
        for (const account of chosen) {
          const connectionId = await open(deps, authorisation, account);
          if (connectionId !== undefined) connectionIds.push(connectionId);
        }
        return { connectionIds };
      },

      createWarehouse: ({ connectionId }) => warehouse.create(connectionId),
    },
    deps.log,
  );
}

/** The token is kept before anything else: the code opens only once. */
async function exchange(
  deps: ConnectAccountDeps,
  { id, sealedCode }: Authorisation,
): Promise<{ state: 'active' | 'failed' }> {
  const { registry, keyring, client } = deps;
  try {
    if (sealedCode === null) throw new HubError('AUTH_CODE_REFUSED', 'The code is gone.');
    const code = await keyring.unseal(sealedCode, sealContexts.authorisationCode(id));
    const token = await inSlot(deps, (signal) =>
      client.exchangeAuthCode(code.toString('utf8'), signal),
    );
    const unnamed = token.advertiserIds.map((advertiserId) => ({ advertiserId, name: '' }));
    await registry.authorisations.activate(id, {
      scopes: token.scopes,
      sealedToken: await keyring.seal(
        [keyId('authorisation', id)],
        sealContexts.authorisationToken(id),
        Buffer.from(token.accessToken),
      ),
      sealedAccounts: await sealAccounts(deps, id, unnamed),
    });
    return { state: 'active' };
  } catch (error) {
    if (!(error instanceof HubError) || error.retryable) throw error;
    if (Context.current().cancellationSignal.aborted) throw error;
    await registry.authorisations.fail(id, error.code);
    return { state: 'failed' };
  }
}

/** Key before row. An account that the workspace has connected already is left as it is. */
async function open(
  { registry, keyring }: ConnectAccountDeps,
  { id: authorisationId, workspaceId, platform }: Authorisation,
  { advertiserId: accountId, name }: GrantedAccount,
): Promise<string | undefined> {
  const id = connectionIdFor(authorisationId, accountId);
  if ((await registry.connections.find(id)) !== undefined) return id;
  try {
    const key = await keyring.ensure('connection', id);
    const context = sealContexts.connectionName(id);
    const sealedName = await keyring.seal([key], context, Buffer.from(name));
    await registry.connections.open({
      id,
      workspaceId,
      authorisationId,
      platform,
      accountId,
      sealedName,
    });
    return id;
  } catch (error) {
    // The key is gone when an earlier attempt came this far.
    if (error instanceof HubError && error.code === 'KEY_GONE') return undefined;
    if (!(error instanceof HubError) || error.code !== 'ALREADY_CONNECTED') throw error;
    await keyring.destroy([keyId('connection', id)]);
    return undefined;
  }
}

/** A UUID (version 8, RFC 9562) from a random id and an account: the same on every repeat, telling nothing. */
export function connectionIdFor(authorisationId: string, accountId: string): string {
  const bytes = createHash('sha256')
    .update(`${authorisationId}/${accountId}`)
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

async function find({ registry }: ConnectAccountDeps, id: string): Promise<Authorisation> {
  const authorisation = await registry.authorisations.find(id);
  if (authorisation !== undefined) return authorisation;
  throw new HubError('NOT_FOUND', 'The authorisation is not known.');
}

const sealAccounts = (
  { keyring }: ConnectAccountDeps,
  id: string,
  accounts: readonly GrantedAccount[],
): Promise<Buffer> =>
  keyring.seal(
    [keyId('authorisation', id)],
    sealContexts.authorisationAccounts(id),
    Buffer.from(JSON.stringify(accounts)),
  );

async function openAccounts(
  { keyring }: ConnectAccountDeps,
  { id, sealedAccounts }: Authorisation,
): Promise<readonly GrantedAccount[]> {
  if (sealedAccounts === null) return [];
  const clear = await keyring.unseal(sealedAccounts, sealContexts.authorisationAccounts(id));
  return JSON.parse(clear.toString('utf8'));
}
