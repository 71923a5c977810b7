/**
 * How a call to TikTok is made: a slot of the quota that it counts against, the consent's fence, a token opened for
 * this call alone.
 */
import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { HubError } from '../policy/errors.ts';
import { sealContexts } from '../policy/seals.ts';
import type { Authorisation, Connection, PauseKind, Registry } from '../registry/registry.ts';
import { type ShopTokenDeps, tokenGone, withShopToken } from './shop-token.ts';

export interface TikTokCallDeps extends ShopTokenDeps {
  readonly registry: Pick<
    Registry,
    'connections' | 'authorisations' | 'obligations' | 'quota' | 'fence'
  >;
  /** TikTok counts calls of its API for Business by app. */
  readonly appId: string;
}

export interface ConnectionCall {
  readonly connectionId: string;
  readonly epoch: number;
  /** Of a shop: the path without ids, by which TikTok counts. */
  readonly endpoint?: string;
  /** Of ads: TikTok counts these calls apart as well, and what it refuses of them holds back them alone. */
  readonly limit?: 'gmv-max';
}

export interface CallContext {
  readonly accessToken: string;
  /** Opens the shop for the call; empty for ads. */
  readonly cipher: string;
  readonly connection: Connection;
  /** Aborted by a revocation, or when the workflow no longer wants the call. */
  readonly signal: AbortSignal;
}

/** TikTok allows 50 a second of each app, shop and endpoint; its clock is not ours. */
const shopCallsPerSecond = 45;

/** One call for a connection under its consent; what `work` writes is written under the fence too. */
export async function callForConnection<T>(
  deps: TikTokCallDeps,
  { connectionId, epoch, endpoint, limit }: ConnectionCall,
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const { registry } = deps;
  const connection = await findConnection(registry, connectionId);
  const fenced = (cancelled: AbortSignal) =>
    registry.fence.hold(
      connectionId,
      epoch,
      async (signal) => {
        const authorisation = await registry.authorisations.find(connection.authorisationId);
        return withToken(deps, connection, authorisation, (opened) =>
          work({ ...opened, connection, signal }),
        );
      },
      cancelled,
    );
  if (connection.platform === 'tiktok-ads') return inSlot(deps, fenced, limit);
  if (endpoint === undefined) throw new TypeError('A call to a shop names its endpoint.');
  return inShopSlot(deps, connection.accountId, endpoint, fenced);
}

async function withToken<T>(
  deps: TikTokCallDeps,
  { id, platform, sealedCipher }: Connection,
  authorisation: Authorisation | undefined,
  work: (opened: { accessToken: string; cipher: string }) => Promise<T>,
): Promise<T> {
  if (platform === 'tiktok-ads') {
    return work({ accessToken: await openToken(deps, authorisation), cipher: '' });
  }
  if (authorisation === undefined || sealedCipher === null) throw tokenGone();
  const clear = await deps.keyring.unseal(sealedCipher, sealContexts.shopCipher(id));
  const cipher = clear.toString('utf8');
  return withShopToken(deps, authorisation, (accessToken) => work({ accessToken, cipher }));
}

/** Above the time in which a pause reaches the queues. */
const heldByQueueMs = 5_000;

/** The pauses of reports of GMV Max, for which an app has a quota of its own beside that of all its calls. */
export const gmvMaxQuota = (appId: string): string => `${appId}/gmv-max`;

/**
 * One call in the app's next slot; a refusal for quota becomes a pause for everybody, or for all that is counted with
 * it. The pause holds the queues: a refused call goes back to them at once, instead of sleeping for itself until the
 * end that was foreseen.
 */
export async function inSlot<T>(
  { registry, appId }: Pick<TikTokCallDeps, 'registry' | 'appId'>,
  work: (cancelled: AbortSignal) => Promise<T>,
  limit?: 'gmv-max',
): Promise<T> {
  try {
    if (limit === undefined) return await inSlotOf(registry, appId, work);
    return await inSlotOf(registry, gmvMaxQuota(appId), async (cancelled) => {
      await registry.quota.takeSlot(appId, cancelled);
      return work(cancelled);
    });
  } catch (error) {
    const isPaused =
      error instanceof HubError && (error.code === 'QUOTA_PAUSED' || pauseOf(error) !== undefined);
    if (!isPaused) throw error;
    const { code, message, details, retryAfterMs = heldByQueueMs } = error;
    throw new HubError(code, message, {
      ...{ details, cause: error },
      retryAfterMs: Math.min(retryAfterMs, heldByQueueMs),
    });
  }
}

/** One call in the next slot of this shop and endpoint, which alone waits after a refusal. */
export function inShopSlot<T>(
  { registry }: Pick<TikTokCallDeps, 'registry'>,
  shopId: string,
  endpoint: string,
  work: (cancelled: AbortSignal) => Promise<T>,
): Promise<T> {
  const key = shopQuota(shopId, endpoint);
  registry.quota.setRate(key, shopCallsPerSecond);
  return inSlotOf(registry, key, work);
}

/** A hash: rows of the quota outlive a shop's connections and name none. */
export const shopQuota = (shopId: string, endpoint: string): string =>
  `shop/${createHash('sha256').update(`${shopId}:${endpoint}`).digest('base64url')}`;

async function inSlotOf<T>(
  { quota }: Pick<Registry, 'quota'>,
  key: string,
  work: (cancelled: AbortSignal) => Promise<T>,
): Promise<T> {
  const cancelled = Context.current().cancellationSignal;
  await quota.takeSlot(key, cancelled);
  try {
    return await work(cancelled);
  } catch (error) {
    const pause = pauseOf(error);
    if (pause !== undefined) await quota.pause(key, pause.kind, pause.until);
    throw error;
  }
}

/** Of ads: they never end by themselves. */
export async function openToken(
  { keyring }: Pick<TikTokCallDeps, 'keyring'>,
  authorisation: Authorisation | undefined,
): Promise<string> {
  if (authorisation?.sealedToken == null) throw tokenGone();
  const context = sealContexts.authorisationToken(authorisation.id);
  return (await keyring.unseal(authorisation.sealedToken, context)).toString('utf8');
}

export async function findConnection(
  registry: Pick<Registry, 'connections'>,
  connectionId: string,
): Promise<Connection> {
  const connection = await registry.connections.find(connectionId);
  if (connection !== undefined) return connection;
  throw new HubError('CONSENT_ENDED', 'The connection is not known any more.');
}

/** Rate limits are real time: TikTok's clocks do not move with a demo's. */
function pauseOf(error: unknown): { kind: PauseKind; until: Date } | undefined {
  if (!(error instanceof HubError) || error.code !== 'TIKTOK_RATE_LIMITED') return undefined;
  const kind = pauseKinds[String(error.details.limit)];
  if (kind === undefined) return undefined;
  return { kind, until: new Date(Date.now() + (error.retryAfterMs ?? 1_000)) };
}

const pauseKinds: Readonly<Record<string, PauseKind>> = {
  second: 'second',
  'shop-second': 'second',
  minute: 'minute',
  day: 'day',
};
