/** Writes down each use of a feature by a signed-in account, sealed, before it takes place. */
import { randomUUID } from 'node:crypto';
import type { FeatureUse } from '../../policy/activity.ts';
import { sealContexts } from '../../policy/seals.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiInstance } from '../instance.ts';

/** What a browser says of itself is cut here. */
const userAgentMax = 300;

/** Stands after what finds the session, which sets `request.account`. */
export function recordActivity(
  app: ApiInstance,
  { registry, keyring, clock }: Pick<ApiDeps, 'registry' | 'keyring' | 'clock'>,
): void {
  // After access and schema were checked: what was refused was not used.
  app.addHook('preHandler', async (request) => {
    const { account, routeOptions } = request;
    if (account === null || routeOptions.url === undefined) return;
    const use: FeatureUse = {
      at: clock.now().toISOString(),
      feature: `${request.method} ${routeOptions.url}`,
      userAgent: request.headers['user-agent']?.slice(0, userAgentMax) ?? null,
      network: request.ip,
    };
    const id = randomUUID();
    const day = use.at.slice(0, 10);
    const keys = [
      await keyring.ensure('account', account.id),
      await keyring.ensure('activity-day', day),
    ] as const;
    const sealedUse = await keyring.seal(
      keys,
      sealContexts.activityUse(id),
      Buffer.from(JSON.stringify(use)),
    );
    await registry.activity.record({ id, day, accountId: account.id, sealedUse });
  });
}
