import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import type { TikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import { type Keyring, keyId } from '../keyring/keyring.ts';
import { HubError } from '../policy/errors.ts';
import { type GrantedAccount, sealContexts } from '../policy/seals.ts';
import { currencyOfRegion } from '../policy/shop-regions.ts';
import type { Authorisation } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { ConnectAccountActivities } from '../workflows/connect-account/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import { openIdIndex } from './open-id-index.ts';
import { keptToken, openShopToken, renewalDueAt, sealToken } from './shop-token.ts';
import { findConnection, inSlot, openToken, type TikTokCallDeps } from './tiktok-call.ts';

export interface ConnectAccountDeps extends TikTokCallDeps {
  readonly keyring: Keyring;
  readonly warehouse: Pick<Warehouse, 'create'>;
  readonly client: Pick<TikTokAdsClient, 'exchangeAuthCode' | 'listAdvertisers'>;
  readonly shopClient: Pick<TikTokShopClient, 'exchangeAuthCode' | 'listShops'>;
  readonly log?: UnexpectedErrorLog;
}

export function createConnectAccountActivities(deps: ConnectAccountDeps): ConnectAccountActivities {
  const { registry, warehouse } = deps;
  return guarded<ConnectAccountActivities>(
    {
      async exchangeAuthCode({ authorisationId }) {
        const authorisation = await find(deps, authorisationId);
        const { state, platform } = authorisation;
        // Ads tokens say which accounts they reach; which shops one reaches is a question of its own.
        const accountsKnown = platform === 'tiktok-ads';
        if (state !== 'pending') return { state, accountsKnown };
        return { state: await exchange(deps, authorisation), accountsKnown };
      },

      async listAccounts({ authorisationId }) {
        const authorisation = await find(deps, authorisationId);
        const accounts = await list(deps, authorisation);
        const sealedAccounts = await sealAccounts(deps, authorisationId, accounts);
        await registry.authorisations.setAccounts(authorisationId, sealedAccounts);
        return { accounts: accounts.length };
      },

      async openConnections({ authorisationId, accountIds }) {
        const authorisation = await find(deps, authorisationId);
        const granted = await openAccounts(deps, authorisation);
        const chosen = granted.filter(
          ({ accountId }) => accountIds === null || accountIds.includes(accountId),
        );
        const connectionIds: string[] = [];
        for (const account of chosen) {
          const connectionId = await open(deps, authorisation, account);
          if (connectionId !== undefined) connectionIds.push(connectionId);
        }
        return { connectionIds };
      },

      async createWarehouse({ connectionId }) {
        const { platform } = await findConnection(registry, connectionId);
        await warehouse.create(connectionId, platform);
      },
    },
    deps.log,
  );
}

/** The token is kept before anything else: the code opens only once. */
async function exchange(
  deps: ConnectAccountDeps,
  { id, platform, sealedCode }: Authorisation,
): Promise<'active' | 'failed'> {
  const { registry, keyring } = deps;
  try {
    if (sealedCode === null) throw new HubError('AUTH_CODE_REFUSED', 'The code is gone.');
    const clear = await keyring.unseal(sealedCode, sealContexts.authorisationCode(id));
    const take = platform === 'tiktok-ads' ? takeAdsToken : takeShopToken;
    await take(deps, id, clear.toString('utf8'));
    return 'active';
  } catch (error) {
    if (!(error instanceof HubError) || error.retryable) throw error;
    if (Context.current().cancellationSignal.aborted) throw error;
    await registry.authorisations.fail(id, error.code);
    return 'failed';
  }
}

async function takeAdsToken(deps: ConnectAccountDeps, id: string, code: string): Promise<void> {
  const token = await inSlot(deps, (signal) => deps.client.exchangeAuthCode(code, signal));
  const unnamed = token.advertiserIds.map((accountId) => ({ accountId, name: '' }));
  await deps.registry.authorisations.activate(id, {
    scopes: token.scopes,
    sealedToken: await deps.keyring.seal(
      [keyId('authorisation', id)],
      sealContexts.authorisationToken(id),
      Buffer.from(token.accessToken),
    ),
    sealedAccounts: await sealAccounts(deps, id, unnamed),
  });
}

async function takeShopToken(deps: ConnectAccountDeps, id: string, code: string): Promise<void> {
  const { registry, keyring, shopClient, clock } = deps;
  const { cancellationSignal } = Context.current();
  const token = await shopClient.exchangeAuthCode(code, cancellationSignal);
  await registry.authorisations.setOpenIdIndex(id, await openIdIndex(keyring, token.openId));
  await registry.authorisations.activate(id, {
    scopes: token.scopes,
    sealedToken: await sealToken(deps, id, keptToken(token)),
    sealedAccounts: await sealAccounts(deps, id, []),
    renewDueAt: renewalDueAt(token.accessExpiresAt, clock.now()),
  });
}

/** Names of ad accounts; of shops also what opens them for calls. */
async function list(
  deps: ConnectAccountDeps,
  authorisation: Authorisation,
): Promise<readonly GrantedAccount[]> {
  if (authorisation.platform === 'tiktok-ads') {
    const accessToken = await openToken(deps, authorisation);
    const accounts = await inSlot(deps, (signal) =>
      deps.client.listAdvertisers(accessToken, signal),
    );
    return accounts.map(({ advertiserId, name }) => ({ accountId: advertiserId, name }));
  }
  const { accessToken } = await openShopToken(deps, authorisation);
  const { cancellationSignal } = Context.current();
  const shops = await deps.shopClient.listShops(accessToken, cancellationSignal);
  return shops.map(({ id, ...shop }) => ({ accountId: id, ...shop }));
}

/** Key before row. An account that the workspace has connected already is left as it is. */
async function open(
  deps: ConnectAccountDeps,
  authorisation: Authorisation,
  account: GrantedAccount,
): Promise<string | undefined> {
  const { registry, keyring } = deps;
  const { id: authorisationId, workspaceId, platform } = authorisation;
  const { accountId, cipher, region } = account;
  const known = await registry.connections.list({ authorisationId });
  const opened = known.find((connection) => connection.accountId === accountId);
  if (opened !== undefined) return opened.id;
  const id = connectionIdFor(authorisationId, accountId);
  // It was opened by this authorisation and goes on under a newer one: neither it nor its key is touched.
  if ((await registry.connections.find(id)) !== undefined) return undefined;
  const again = await reopen(deps, authorisation, account);
  if (again !== undefined) return again;
  try {
    await keyring.ensure('connection', id);
    await registry.connections.open({
      ...{ id, workspaceId, authorisationId, platform, accountId },
      ...(await sealAccount(deps, id, account)),
      ...(cipher !== undefined && {
        // Days of a shop's windows are UTC days: TikTok cuts its lists by seconds.
        timeZone: 'UTC',
        currency: currencyOfRegion(region ?? ''),
      }),
    });
    return id;
  } catch (error) {
    // The key is gone when an earlier attempt came this far.
    if (error instanceof HubError && error.code === 'KEY_GONE') {
      return takeOver(deps, authorisation, account);
    }
    if (!(error instanceof HubError) || error.code !== 'ALREADY_CONNECTED') throw error;
    await keyring.destroy([keyId('connection', id)]);
    return takeOver(deps, authorisation, account);
  }
}

/**
 * A shop's tokens end with the consent that gave them: consent given again ahead of that end carries the connection on.
 * Tokens of ads do not end.
 */
async function takeOver(
  deps: ConnectAccountDeps,
  { id: authorisationId, workspaceId, platform }: Authorisation,
  account: GrantedAccount,
): Promise<string | undefined> {
  if (platform !== 'tiktok-shop') return undefined;
  const { connections } = deps.registry;
  const all = await connections.ofAccounts(platform, [account.accountId]);
  const states = ['active', 'paused'];
  const open = all.find((one) => one.workspaceId === workspaceId && states.includes(one.state));
  if (open === undefined) return undefined;
  const sealed = await sealAccount(deps, open.id, account);
  const taken = await connections.takeOver({ id: open.id, authorisationId, ...sealed });
  return taken ? open.id : undefined;
}

/** TikTok had dropped it and it waits for its erasure: authorised again, it goes on with its data. */
async function reopen(
  deps: ConnectAccountDeps,
  { id: authorisationId, workspaceId, platform }: Authorisation,
  account: GrantedAccount,
): Promise<string | undefined> {
  const { connections } = deps.registry;
  for (const { id, ...one } of await connections.ofAccounts(platform, [account.accountId])) {
    const isWaiting = one.workspaceId === workspaceId && one.state === 'restricted';
    if (!isWaiting || !deps.keyring.has(keyId('connection', id))) continue;
    const sealed = await sealAccount(deps, id, account);
    const reopened = await connections.reopen({ id, authorisationId, ...sealed });
    if (reopened !== undefined) return id;
  }
  return undefined;
}

/** What of an account lies under its connection's key. */
async function sealAccount(
  { keyring }: ConnectAccountDeps,
  id: string,
  { name, cipher }: GrantedAccount,
): Promise<{ sealedName: Buffer; sealedCipher?: Buffer }> {
  const seal = (context: string, text: string) =>
    keyring.seal([keyId('connection', id)], context, Buffer.from(text));
  return {
    sealedName: await seal(sealContexts.connectionName(id), name),
    ...(cipher !== undefined && {
      sealedCipher: await seal(sealContexts.shopCipher(id), cipher),
    }),
  };
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
