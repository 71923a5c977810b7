/** Where TikTok is: the real one with credentials, the sandbox on a demo folder, nowhere on a paused real folder. */
import { join } from 'node:path';
import { createEgress, type Egress } from '../connectors/egress.ts';
import { createTikTokAdsClient, type TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { createDevelopersWebhook } from '../connectors/tiktok-developers/webhook.ts';
import { createTikTokShopClient, type TikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import { createShopWebhook } from '../connectors/tiktok-shop/webhook.ts';
import type { WebhookReader } from '../connectors/webhook.ts';
import { HubError } from '../policy/errors.ts';
import type { Platform } from '../policy/stream.ts';
import type { Registry } from '../registry/registry.ts';
import type { ShiftedClock } from './clock.ts';
import { adsTiers, type Config } from './config.ts';
import type { DataFolder } from './data-folder.ts';
import { createSupervisor } from './embedded/supervisor.ts';
import type { Log } from './log.ts';
import { startSandboxProcess } from './sandbox-process.ts';

export interface TikTok {
  /** For pictures, whose addresses TikTok names. */
  readonly egress: Egress;
  readonly client: TikTokAdsClient;
  readonly shopClient: TikTokShopClient;
  /** Of the senders of events whose secrets are known. */
  readonly webhooks: readonly WebhookReader[];
  /** Platforms without credentials: every call to them is refused. */
  readonly notConfigured: readonly Platform[];
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

const adsHost = 'business-api.tiktok.com';
/** Without the sandbox's quota nothing else should hold a load test back. */
const unlimitedCallsPerSecond = 1000;

export async function openTikTok(options: OpenTikTokOptions): Promise<TikTok> {
  return options.folder.kind === 'demo' ? openSandbox(options) : openReal(options);
}

function openReal({ config, clock, log }: OpenTikTokOptions): TikTok {
  const { tiktokAds, tiktokShop, tiktokDevelopers, shopHosts } = config;
  const allowedHosts = [adsHost, shopHosts.api, shopHosts.auth, ...config.pictureHosts];
  const egress = createEgress({ allowedHosts });
  const origin = `https://${adsHost}`;
  const client = createTikTokAdsClient({
    ...{ egress, clock, baseUrl: origin, consentBaseUrl: origin },
    appId: tiktokAds?.appId ?? 'none',
    secret: tiktokAds?.secret.reveal() ?? 'none',
  });
  const shopClient = createTikTokShopClient({
    ...{ egress, clock },
    apiUrl: `https://${shopHosts.api}`,
    authUrl: `https://${shopHosts.auth}`,
    servicesUrl: `https://${shopHosts.services}`,
    appKey: tiktokShop?.appKey ?? 'none',
    secret: tiktokShop?.secret.reveal() ?? 'none',
    serviceId: tiktokShop?.serviceId ?? 'none',
  });
  const notConfigured = [
    ...(tiktokAds === null ? ['tiktok-ads' as const] : []),
    ...(tiktokShop === null ? ['tiktok-shop' as const] : []),
  ];
  for (const platform of notConfigured) log('warn', notConfiguredText(platform));
  return {
    client: tiktokAds === null ? refuseAll(client, 'tiktok-ads') : client,
    shopClient: tiktokShop === null ? refuseAll(shopClient, 'tiktok-shop') : shopClient,
    webhooks: [
      ...(tiktokShop === null
        ? []
        : [createShopWebhook({ appKey: tiktokShop.appKey, secret: tiktokShop.secret.reveal() })]),
      ...(tiktokDevelopers === null
        ? []
        : [
            createDevelopersWebhook({
              clientKey: tiktokDevelopers.clientKey,
              secret: tiktokDevelopers.secret.reveal(),
            }),
          ]),
    ],
    ...{ egress, notConfigured },
    appId: tiktokAds?.appId ?? 'none',
    callsPerSecond: adsTiers[config.adsTier ?? 'basic'],
    sandbox: null,
    states: () => ({}),
    async close() {
      await client.close();
      await shopClient.close();
      await egress.close();
    },
  };
}

const variablesOf: Readonly<Record<Platform, string>> = {
  'tiktok-ads': 'TIKTOK_ADS_APP_ID and TIKTOK_ADS_SECRET',
  'tiktok-shop': 'TIKTOK_SHOP_APP_KEY, TIKTOK_SHOP_APP_SECRET and TIKTOK_SHOP_SERVICE_ID',
};

const notConfiguredText = (platform: Platform): string =>
  `${platform} is not configured: set ${variablesOf[platform]} and start the hub again.`;

/** Nothing is sent for an app that does not exist. */
function refuseAll<C extends object>(client: C, platform: Platform): C {
  const refuse = (): never => {
    throw new HubError('PLATFORM_NOT_CONFIGURED', notConfiguredText(platform));
  };
  return Object.fromEntries(Object.keys(client).map((name) => [name, refuse])) as C;
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
            shopRedirectUri: new URL('callbacks/oauth/tiktok-shop', config.publicUrl).href,
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
  type ShopApp = { appKey: string; secret: string; serviceId: string };
  const { appKey, serviceId, secret: shopSecret } = await read<ShopApp>('sandbox/shop/app');
  const { clientKey, clientSecret } = await listenToSandbox(sandbox, config.publicUrl);
  const oneClock = { registry, clock, sandbox };
  await agreeOnTime(oneClock);

  const egress = createEgress({ allowedHosts: [], exactOrigin: sandbox.origin });
  const client = createTikTokAdsClient({
    ...{ egress, clock, appId, secret },
    baseUrl: sandbox.origin,
    consentBaseUrl: sandbox.origin,
  });
  const shopClient = createTikTokShopClient({
    ...{ egress, clock, appKey, serviceId, secret: shopSecret },
    apiUrl: sandbox.origin,
    authUrl: sandbox.origin,
    servicesUrl: sandbox.origin,
  });
  return {
    ...{ egress, client, shopClient, appId, sandbox },
    webhooks: [
      createShopWebhook({ appKey, secret: shopSecret }),
      createDevelopersWebhook({ clientKey, secret: clientSecret }),
    ],
    notConfigured: [],
    moveClock: (to) => agreeOnTime(oneClock, to),
    callsPerSecond: isFree ? unlimitedCallsPerSecond : adsTiers[tier],
    states: () => supervisor.states(),
    async close() {
      await client.close();
      await shopClient.close();
      await egress.close();
      await supervisor.stop();
    },
  };
}

/** As an operator names the addresses in TikTok's portals. Returns the developers' app. */
async function listenToSandbox(
  sandbox: URL,
  hub: URL,
): Promise<{ clientKey: string; clientSecret: string }> {
  const answer = await fetch(new URL('sandbox/webhooks/settings', sandbox), {
    method: 'POST',
    body: JSON.stringify({
      shopAddress: new URL('callbacks/tiktok-shop', hub).href,
      developersAddress: new URL('callbacks/tiktok-developers', hub).href,
    }),
  });
  const { developersApp } = (await answer.json()) as {
    developersApp: { clientKey: string; clientSecret: string };
  };
  return developersApp;
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
