/** `hub start`: the embedded hub, until Ctrl-C. */
import { HubError } from '../policy/errors.ts';
import { composeHub, type Hub } from './compose.ts';
import { readConfig } from './config.ts';
import { fillDemoWorkspace } from './demo-workspace.ts';
import { jsonLog } from './log.ts';

export default async function start(args: readonly string[]): Promise<void> {
  const config = readConfig();
  const starting = composeHub(config, { log: jsonLog, sandboxArgs: args });
  stopOnSignal(starting);
  const hub = await starting;
  if (hub.kind === 'demo') await fillDemoWorkspace(hub);
  else await makeFirstWorkspace(hub);
  for (const line of greeting(hub)) console.log(line);
}

/** Until accounts exist a real hub has one workspace. */
async function makeFirstWorkspace({ registry }: Hub): Promise<void> {
  const workspaces = await registry.workspaces.list();
  if (workspaces.length === 0) await registry.workspaces.create('Main');
}

function greeting(hub: Hub): string[] {
  return [
    ...(hub.paused
      ? ['Paused: set the credentials TIKTOK_ADS_* or TIKTOK_SHOP_* to fetch from TikTok.']
      : []),
    ...(hub.sandbox ? [`The sandbox stands in for TikTok: ${hub.sandbox}`] : []),
    `API documentation: ${new URL('api/docs', hub.url)}`,
    `Sign in with the header Authorization: Bearer ${hub.bearerToken}`,
    `TKOS Hub is ready: ${hub.url}`,
  ];
}

/**
 * Also while it starts, so that no server is left behind. A second signal ends at once; what is left then is healed
 * by the next start.
 */
function stopOnSignal(starting: Promise<Hub>): void {
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(130);
    asked = true;
    console.log('Stopping…');
    starting
      .then((hub) => hub.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error instanceof HubError ? error.message : error);
          process.exit(1);
        },
      );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
