/** The workspace of a demo folder: made and connected at the first start, found at the next ones. */
import type { Hub } from './compose.ts';
import { giveDemoConsent } from './demo-consent.ts';

const demoName = 'Demo';

/** @returns the workspace's id. A consent that was cut short is given again. */
export async function fillDemoWorkspace(
  hub: Pick<Hub, 'registry' | 'url' | 'bearerToken'>,
): Promise<string> {
  const { registry, url, bearerToken } = hub;
  const [found] = await registry.workspaces.list();
  const workspace = found ?? (await registry.workspaces.create(demoName));
  const authorisations = await registry.authorisations.list(workspace.id);
  const given = authorisations.some(({ state }) => state === 'pending' || state === 'active');
  const connections = await registry.connections.list({ workspaceId: workspace.id });
  if (!given && connections.length === 0) {
    await giveDemoConsent({
      hub: url,
      bearerToken,
      workspaceId: workspace.id,
      platform: 'tiktok-ads',
    });
  }
  return workspace.id;
}
