/**
 * The configuration: environment and `.env`, parsed once. The only reader of the environment.
 * Unknown names, missing and bad values stop the start with the full list of what is wrong.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { HubError } from '../policy/errors.ts';
import { buyersKept } from '../policy/retention.ts';
import { defaultKeyringFolders } from './data-folder.ts';
import { Secret } from './secret.ts';

/** Calls a second that TikTok allows an app, by tier (API for Business, "Rate limits"). */
export const adsTiers = { basic: 10, advanced: 20, premium: 30, ultimate: 50 } as const;
export type AdsTier = keyof typeof adsTiers;

const port = z.coerce.number().int().min(1).max(65_535);
const days = z.coerce.number().int().min(1).max(3650);
const path = z
  .string()
  .min(1)
  .transform((value) => resolve(value));
const twoFolders = z
  .string()
  .transform((value) => value.split(',').map((part) => part.trim()))
  .refine((parts) => parts.length === 2 && parts.every((part) => part !== ''), {
    message: 'two folders, separated by a comma',
  })
  .transform((parts) => parts.map((part) => resolve(part)) as [string, string]);
const secret = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));

/** A host of TikTok Shop: nothing else may ever be sent tokens. */
const shopHost = (preset: string) =>
  z
    .string()
    .regex(
      /^([a-z0-9-]+\.)+(tiktokglobalshop\.com|tiktok-shops\.com|tiktokshop\.com|tiktokshops\.us)$/,
      'a host of TikTok Shop, such as open-api.tiktokglobalshop.com',
    )
    .default(preset);

const variables = z
  .object({
    PORT: port.default(3000),
    HUB_METRICS_PORT: port.default(9464),
    HUB_PUBLIC_URL: z.url().optional(),
    HUB_DATA: path.default(() => resolve('data')),
    HUB_KEYRING_DIRS: twoFolders.optional(),
    HUB_MASTER_KEY_FILE: path.optional(),
    HUB_BACKFILL_DAYS: days.default(400),
    HUB_FIXTURES: z.string().optional(),
    TIKTOK_ADS_APP_ID: z.string().min(1).optional(),
    TIKTOK_ADS_SECRET: secret.optional(),
    TIKTOK_ADS_TIER: z.enum(Object.keys(adsTiers) as [AdsTier, ...AdsTier[]]).optional(),
    TIKTOK_SHOP_APP_KEY: z.string().min(1).optional(),
    TIKTOK_SHOP_APP_SECRET: secret.optional(),
    TIKTOK_SHOP_SERVICE_ID: z.string().min(1).optional(),
    TIKTOK_DEVELOPERS_CLIENT_KEY: z.string().min(1).optional(),
    TIKTOK_DEVELOPERS_CLIENT_SECRET: secret.optional(),
    TIKTOK_PICTURE_HOSTS: z
      .string()
      .regex(/^[a-z0-9.-]+(,[a-z0-9.-]+)*$/, 'names of hosts, with commas between them')
      .transform((text) => text.split(','))
      .optional(),
    HUB_BUYERS_DAYS: z.coerce.number().int().min(1).max(buyersKept.daysAfterEnd).optional(),
    TIKTOK_SHOP_API_HOST: shopHost('open-api.tiktokglobalshop.com'),
    TIKTOK_SHOP_AUTH_HOST: shopHost('auth.tiktok-shops.com'),
    TIKTOK_SHOP_SERVICES_HOST: shopHost('services.tiktokshop.com'),
    DATABASE_URL: secret.optional(),
    TEMPORAL_ADDRESS: z
      .string()
      .regex(/^[^:\s]+:\d+$/, 'host:port')
      .optional(),
    TEMPORAL_CLI: path.optional(),
    TEMPORAL_TEST_SERVER: path.optional(),
    DUCKDB_HTTPFS: path.optional(),
  })
  .refine((v) => (v.TIKTOK_ADS_APP_ID === undefined) === (v.TIKTOK_ADS_SECRET === undefined), {
    path: ['TIKTOK_ADS_SECRET'],
    message: 'TIKTOK_ADS_APP_ID and TIKTOK_ADS_SECRET go together: set both or neither',
  })
  .refine(
    (v) =>
      (v.TIKTOK_SHOP_APP_KEY === undefined) === (v.TIKTOK_SHOP_APP_SECRET === undefined) &&
      (v.TIKTOK_SHOP_APP_KEY === undefined) === (v.TIKTOK_SHOP_SERVICE_ID === undefined),
    {
      path: ['TIKTOK_SHOP_APP_SECRET'],
      message:
        'TIKTOK_SHOP_APP_KEY, TIKTOK_SHOP_APP_SECRET and TIKTOK_SHOP_SERVICE_ID go together: set all or none',
    },
  )
  .refine(
    (v) =>
      (v.TIKTOK_DEVELOPERS_CLIENT_KEY === undefined) ===
      (v.TIKTOK_DEVELOPERS_CLIENT_SECRET === undefined),
    {
      path: ['TIKTOK_DEVELOPERS_CLIENT_SECRET'],
      message:
        'TIKTOK_DEVELOPERS_CLIENT_KEY and TIKTOK_DEVELOPERS_CLIENT_SECRET go together: set both or neither',
    },
  );

/** Prefixes that belong to the hub: a name under one of them that is not known is a mistake. */
const ownPrefixes = ['HUB_', 'TIKTOK_'];

export interface Config {
  readonly port: number;
  readonly metricsPort: number;
  readonly publicUrl: URL;
  readonly dataFolder: string;
  readonly keyringFolders: readonly [string, string];
  /** Null where none is given: a demo folder makes its own. */
  readonly masterKeyFile: string | null;
  readonly backfillDays: number;
  readonly tiktokAds: { appId: string; secret: Secret } | null;
  readonly adsTier: AdsTier | null;
  readonly tiktokShop: { appKey: string; secret: Secret; serviceId: string } | null;
  /** The app of TikTok for Developers, which tells when a person removes it. */
  readonly tiktokDevelopers: { clientKey: string; secret: Secret } | null;
  /** Names of the hosts of API, tokens and consent page. */
  readonly shopHosts: { readonly api: string; readonly auth: string; readonly services: string };
  /** Names of the hosts that TikTok's pictures lie on; from others none are fetched. */
  readonly pictureHosts: readonly string[];
  /** Days that buyers' fields are kept after an order's end, where they are fewer than 30. */
  readonly buyersDays: number | undefined;
  readonly databaseUrl: Secret | null;
  readonly temporalAddress: string | null;
  readonly parts: { temporalCli?: string; temporalTestServer?: string; httpfs?: string };
}

/**
 * @param environment usually `process.env`; values of `.env` in the current folder stand behind it.
 * @throws HubError `CONFIGURATION_INVALID` naming every mistake at once; values are not printed.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  const given = Object.fromEntries(
    Object.entries({ ...file, ...environment }).filter(([, value]) => value !== ''),
  );
  const known = new Set(Object.keys(variables.shape));
  const problems = Object.keys(given)
    .filter((name) => ownPrefixes.some((prefix) => name.startsWith(prefix)) && !known.has(name))
    .map((name) => `${name}: unknown name`);
  const parsed = variables.safeParse(given);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`));
  }
  if (problems.length > 0 || !parsed.success) {
    throw new HubError(
      'CONFIGURATION_INVALID',
      `The configuration is not valid. Correct these in the environment or in .env:\n${problems
        .map((problem) => `  - ${problem}`)
        .join('\n')}`,
    );
  }
  return toConfig(parsed.data);
}

function toConfig(v: z.infer<typeof variables>): Config {
  const ads = v.TIKTOK_ADS_APP_ID !== undefined && v.TIKTOK_ADS_SECRET !== undefined;
  const shop =
    v.TIKTOK_SHOP_APP_KEY !== undefined &&
    v.TIKTOK_SHOP_APP_SECRET !== undefined &&
    v.TIKTOK_SHOP_SERVICE_ID !== undefined;
  return {
    port: v.PORT,
    metricsPort: v.HUB_METRICS_PORT,
    publicUrl: new URL(v.HUB_PUBLIC_URL ?? `http://localhost:${v.PORT}/`),
    dataFolder: v.HUB_DATA,
    keyringFolders: v.HUB_KEYRING_DIRS ?? defaultKeyringFolders(v.HUB_DATA),
    masterKeyFile: v.HUB_MASTER_KEY_FILE ?? null,
    backfillDays: v.HUB_BACKFILL_DAYS,
    tiktokAds: ads ? { appId: v.TIKTOK_ADS_APP_ID!, secret: v.TIKTOK_ADS_SECRET! } : null,
    adsTier: v.TIKTOK_ADS_TIER ?? null,
    tiktokShop: shop
      ? {
          appKey: v.TIKTOK_SHOP_APP_KEY!,
          secret: v.TIKTOK_SHOP_APP_SECRET!,
          serviceId: v.TIKTOK_SHOP_SERVICE_ID!,
        }
      : null,
    tiktokDevelopers:
      v.TIKTOK_DEVELOPERS_CLIENT_KEY !== undefined &&
      v.TIKTOK_DEVELOPERS_CLIENT_SECRET !== undefined
        ? {
            clientKey: v.TIKTOK_DEVELOPERS_CLIENT_KEY,
            secret: v.TIKTOK_DEVELOPERS_CLIENT_SECRET,
          }
        : null,
    shopHosts: {
      api: v.TIKTOK_SHOP_API_HOST,
      auth: v.TIKTOK_SHOP_AUTH_HOST,
      services: v.TIKTOK_SHOP_SERVICES_HOST,
    },
    pictureHosts: v.TIKTOK_PICTURE_HOSTS ?? [],
    buyersDays: v.HUB_BUYERS_DAYS,
    databaseUrl: v.DATABASE_URL ?? null,
    temporalAddress: v.TEMPORAL_ADDRESS ?? null,
    parts: {
      ...(v.TEMPORAL_CLI && { temporalCli: v.TEMPORAL_CLI }),
      ...(v.TEMPORAL_TEST_SERVER && { temporalTestServer: v.TEMPORAL_TEST_SERVER }),
      ...(v.DUCKDB_HTTPFS && { httpfs: v.DUCKDB_HTTPFS }),
    },
  };
}
