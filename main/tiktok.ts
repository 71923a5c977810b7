/** Where TikTok is: the real one with credentials, the sandbox on a demo folder, nowhere on a paused real folder. */
import { join } from 'node:path';
import { createEgress } from '../connectors/egress.ts';
import { createTikTokAdsClient, type TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { HubError } from '../policy/errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { ShiftedClock } from './clock.ts';
import { adsTiers, type Config } from './config.ts';
import type { DataFolder } from './data-folder.ts';
import { createSupervisor } from './embedded/supervisor.ts';
import type { Log } from './log.ts';
import { startSandboxProcess } from './sandbox-process.ts';

export interface TikTok {
  readonly client: TikTokAdsClient;
  readonly appId: string;
  /** Calls a second that the app's tier allows. */
  readonly callsPerSecond: number;
  readonly sandbox: URL | null;
  /** Moves the sandbox's clock and the hub's, which is kept; absent with the real TikTok. */
  readonly moveClock?: (to: Date) => Promise<void>;
  states(): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface OpenTikTokOptions {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly clock: ShiftedClock;
  readonly registry: Registry;
  readonly log: Log;
  readonly sandboxArgs?: readonly string[];
}

const realHost = 'business-api.tiktok.com';
/** Without the sandbox's quota nothing else should hold a load test back. */
const unlimitedCallsPerSecond = 1000;

export async function openTikTok(options: OpenTikTokOptions): Promise<TikTok> {
  return options.folder.kind === 'demo' ? openSandbox(options) : openReal(options);
}

function openReal({ config, clock, log }: OpenTikTokOptions): TikTok {
  const egress = createEgress({ allowedHosts: [realHost] });
  const origin = `https://${realHost}`;
  if (config.tiktokAds === null) {
    log('warn', 'paused: TIKTOK_ADS_APP_ID and TIKTOK_ADS_SECRET are not set, nothing is fetched');
  }
  const client = createTikTokAdsClient({
    ...{ egress, clock, baseUrl: origin, consentBaseUrl: origin },
    appId: config.tiktokAds?.appId ?? 'none',
    secret: config.tiktokAds?.secret.reveal() ?? 'none',
  });
  return {
    client: config.tiktokAds === null ? refuseConsents(client) : client,
    appId: config.tiktokAds?.appId ?? 'none',
    callsPerSecond: adsTiers[config.adsTier ?? 'basic'],
    sandbox: null,
    states: () => ({}),
    async close() {
      await client.close();
      await egress.close();
    },
  };
}

function refuseConsents(client: TikTokAdsClient): TikTokAdsClient {
  return {
    ...client,
    consentUrl() {
      throw new HubError(
        'STATE_CONFLICT',
        'The hub is paused: set TIKTOK_ADS_APP_ID and TIKTOK_ADS_SECRET and start it again.',
      );
    },
  };
}

async function openSandbox(options: OpenTikTokOptions): Promise<TikTok> {
  const { config, folder, clock, registry, log, sandboxArgs = [] } = options;
  const tier = config.adsTier ?? 'ultimate';
  const isFree = sandboxArgs.includes('--no-quota');
  let origin: URL | undefined;
  let port: number | undefined;
  const supervisor = createSupervisor({
    services: [
      {
        name: 'sandbox',
        async start() {
          const running = await startSandboxProcess({
            stateFile: join(folder.path, 'sandbox-state.json'),
            args: isFree ? sandboxArgs : [...sandboxArgs, '--tier', tier],
            redirectUri: new URL('callbacks/oauth/tiktok-ads', config.publicUrl).href,
            port,
          });
          ({ origin, port } = running);
          return running;
        },
      },
    ],
    log: (line) => log('warn', line, { service: 'sandbox' }),
  });
  await supervisor.start();
  const sandbox = origin!;
  const read = async <T>(path: string): Promise<T> =>
    (await fetch(new URL(path, sandbox))).json() as Promise<T>;
  const { appId, secret } = await read<{ appId: string; secret: string }>('sandbox/app');
  const oneClock = { registry, clock, sandbox };
  await agreeOnTime(oneClock);

  const egress = createEgress({ allowedHosts: [], exactOrigin: sandbox.origin });
  const client = createTikTokAdsClient({
    ...{ egress, clock, appId, secret },
    baseUrl: sandbox.origin,
    consentBaseUrl: sandbox.origin,
  });
  return {
    ...{ client, appId, sandbox },
    moveClock: (to) => agreeOnTime(oneClock, to),
    callsPerSecond: isFree ? unlimitedCallsPerSecond : adsTiers[tier],
    states: () => supervisor.states(),
    async close() {
      await client.close();
      await egress.close();
      await supervisor.stop();
    },
  };
}

interface OneClock {
  readonly registry: Registry;
  readonly clock: ShiftedClock;
  readonly sandbox: URL;
}

/** One clock: the sandbox's, kept in the registry from the first start on. */
async function agreeOnTime({ registry, clock, sandbox }: OneClock, to?: Date): Promise<void> {
  const answer = await fetch(
    new URL('sandbox/clock', sandbox),
    to && { method: 'POST', body: JSON.stringify({ now: to }) },
  );
  const { offsetMs } = (await answer.json()) as { offsetMs: number };
  await registry.clock.setOffsetMs(offsetMs);
  clock.shiftTo(offsetMs);
}
