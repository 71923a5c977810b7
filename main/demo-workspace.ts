/** The workspace of a demo folder: made and connected at the first start, found at the next ones. */
import type { Platform } from '../registry/registry.ts';
import type { Hub } from './compose.ts';
import { giveDemoConsent } from './demo-consent.ts';

const demoName = 'Demo';

/** @returns the workspace's id. A consent that was cut short is given again. */
export async function fillDemoWorkspace(
  hub: Pick<Hub, 'registry' | 'url' | 'bearerToken' | 'sandbox'>,
): Promise<string> {
  const { registry, url, bearerToken } = hub;
  const [found] = await registry.workspaces.list();
  const { id: workspaceId } = found ?? (await registry.workspaces.create(demoName));
  const authorisations = await registry.authorisations.list(workspaceId);
  const connections = await registry.connections.list({ workspaceId });
  for (const platform of await offeredBy(hub.sandbox!)) {
    const given = authorisations.some(
      (one) => one.platform === platform && ['pending', 'active'].includes(one.state),
    );
    const connected = connections.some((one) => one.platform === platform);
    if (!given && !connected) {
      await giveDemoConsent({ hub: url, bearerToken, workspaceId, platform });
    }
  }
  return workspaceId;
}

/** A sandbox without shops has nobody who could consent. */
async function offeredBy(sandbox: URL): Promise<Platform[]> {
  const answer = await fetch(new URL('sandbox/shop/shops', sandbox));
  const shops = (await answer.json()) as unknown[];
  return shops.length > 0 ? ['tiktok-ads', 'tiktok-shop'] : ['tiktok-ads'];
}
