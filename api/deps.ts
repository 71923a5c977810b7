/** What the API is given: values made in `main/`, of which only the types are known here. */
import type { Registry as MetricsRegistry } from 'prom-client';
import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import type { TikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import type { WebhookReader } from '../connectors/webhook.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import type { Registry } from '../registry/registry.ts';
import type { ReadPicture } from '../warehouse/pictures/picture-cache.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { WorkflowStarter } from '../workflows/starter.ts';

export interface Health {
  readonly ready: boolean;
  readonly parts: readonly { name: string; ready: boolean; detail?: string }[];
}

export interface ApiDeps {
  readonly registry: Registry;
  readonly warehouse: Warehouse;
  readonly keyring: Keyring;
  readonly tiktokAds: Pick<TikTokAdsClient, 'consentUrl'>;
  readonly tiktokShop: Pick<TikTokShopClient, 'consentUrl'>;
  /** A thumbnail from the hub's cache, fetched into it when it is first asked for. */
  readonly readPicture: ReadPicture;
  readonly workflows: WorkflowStarter;
  readonly clock: Clock;
  /** For sessions and codes: a demo folder's clock that is moved signs nobody out. The system's when left out. */
  readonly realTime?: Clock;
  /** Moves the clock of a demo folder and its sandbox; absent on a real folder. */
  readonly moveClock?: (to: Date) => Promise<void>;
  /** What programs and people send until accounts exist. */
  readonly bearerToken: string;
  /** A demo folder: the documentation is open without the token. */
  readonly demo: boolean;
  /** Where browsers and TikTok's redirect reach this hub. */
  readonly publicUrl: URL;
  readonly health: () => Promise<Health>;
  /** Senders of events whose secrets are configured; the others' addresses do not exist. */
  readonly webhooks?: readonly WebhookReader[];
  /** Where request durations are counted; the metrics app reads the same. */
  readonly metrics?: MetricsRegistry;
  /** False for none. `stream` is standard output when left out. */
  readonly logger: false | { level: string; stream?: { write(line: string): void } };
}

/** What routes of accounts are given. */
export type AccountDeps = ApiDeps & { readonly realTime: Clock };
