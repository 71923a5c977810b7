/** How a call to TikTok is made: a slot of the app's quota, the consent's fence, a token opened for this call alone. */
import { Context } from '@temporalio/activity';
import type { Keyring } from '../keyring/keyring.ts';
import { HubError } from '../policy/errors.ts';
import { sealContexts } from '../policy/seals.ts';
import type { Authorisation, Connection, PauseKind, Registry } from '../registry/registry.ts';

export interface TikTokCallDeps {
  readonly registry: Pick<Registry, 'connections' | 'authorisations' | 'quota' | 'fence'>;
  readonly keyring: Pick<Keyring, 'unseal'>;
  /** TikTok counts calls by app. */
  readonly appId: string;
}

export interface CallContext {
  readonly accessToken: string;
  readonly connection: Connection;
  /** Aborted by a revocation, or when the workflow no longer wants the call. */
  readonly signal: AbortSignal;
}

/** One call for a connection under its consent; what `work` writes is written under the fence too. */
export async function callForConnection<T>(
  deps: TikTokCallDeps,
  { connectionId, epoch }: { connectionId: string; epoch: number },
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const { registry } = deps;
  const connection = await findConnection(registry, connectionId);
  return inSlot(deps, (cancelled) =>
    registry.fence.hold(
      connectionId,
      epoch,
      async (signal) => {
        const authorisation = await registry.authorisations.find(connection.authorisationId);
        const accessToken = await openToken(deps, authorisation);
        return work({ accessToken, connection, signal });
      },
      cancelled,
    ),
  );
}

/** One call in the app's next slot; a refusal for quota becomes a pause for everybody. */
export async function inSlot<T>(
  { registry, appId }: Pick<TikTokCallDeps, 'registry' | 'appId'>,
  work: (cancelled: AbortSignal) => Promise<T>,
): Promise<T> {
  const cancelled = Context.current().cancellationSignal;
  await registry.quota.takeSlot(appId, cancelled);
  try {
    return await work(cancelled);
  } catch (error) {
    const pause = pauseOf(error);
    if (pause !== undefined) await registry.quota.pause(appId, pause.kind, pause.until);
    throw error;
  }
}

export async function openToken(
  { keyring }: Pick<TikTokCallDeps, 'keyring'>,
  authorisation: Authorisation | undefined,
): Promise<string> {
  if (authorisation?.sealedToken == null) {
    throw new HubError('CONSENT_ENDED', 'The authorisation holds no token any more.');
  }
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
  const kind = error.details.limit;
  if (kind !== 'second' && kind !== 'minute' && kind !== 'day') return undefined;
  return { kind, until: new Date(Date.now() + (error.retryAfterMs ?? 1_000)) };
}
