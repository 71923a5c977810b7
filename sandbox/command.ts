/** `hub sandbox`: our own TikTok alone in a process, for trying clients and for the demo. */
import { parseArgs } from 'node:util';
import { type Tier, tiers } from './ads/access/quota.ts';
import { createGeneratedWorld } from './generator/create-generated-world.ts';
import { createRecordedWorld } from './recorded.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { refreshModes } from './shop/access/authorisations.ts';
import { createShopWorld } from './shop/generator/create-shop-world.ts';
import type { ShopFace, ShopFaceOptions } from './shop/shop-face.ts';
import type { World } from './world.ts';

const options = {
  port: { type: 'string', default: '8787' },
  seed: { type: 'string', default: '1' },
  accounts: { type: 'string', default: '3' },
  ads: { type: 'string', default: '60' },
  days: { type: 'string', default: '90' },
  recorded: { type: 'string' },
  state: { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  tier: { type: 'string', default: 'basic' },
  'no-quota': { type: 'boolean', default: false },
  shops: { type: 'string', default: '2' },
  products: { type: 'string', default: '50' },
  orders: { type: 'string', default: '300' },
  'shop-refresh': { type: 'string', default: 'lenient' },
  'shop-redirect-uri': { type: 'string' },
} as const;

type Flags = ReturnType<typeof readFlags>;

/** Where the hub waits for the auth_code when it runs with its defaults. */
const hubCallbacks = ['localhost', '127.0.0.1'].map(
  (host) => `http://${host}:3000/callbacks/oauth/tiktok-ads`,
);

export async function runSandboxCommand(
  args: string[],
  write: (line: string) => void,
): Promise<Sandbox> {
  const flags = readFlags(args);
  const world = createWorld(flags);
  const sandbox = await startSandbox({
    world,
    port: wholeNumber(flags, 'port', { min: 0, max: 65_535 }),
    seed: seedOf(flags),
    quota: flags['no-quota'] ? 'none' : tierOf(flags),
    redirectUris: flags['redirect-uri'] ?? hubCallbacks,
    statePath: flags.state,
    shop: shopOf(flags, world.startsAt),
  });
  for (const line of describe(sandbox)) write(line);
  return sandbox;
}

/** Unknown options are refused, with the names of those that exist. */
function readFlags(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: false, strict: true }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\nhub sandbox takes ${known.join(', ')}.`);
  }
}

function createWorld(flags: Flags): World {
  if (flags.recorded !== undefined) return createRecordedWorld(flags.recorded);
  return createGeneratedWorld({
    seed: seedOf(flags),
    accounts: wholeNumber(flags, 'accounts', { min: 1, max: 1_000 }),
    ads: wholeNumber(flags, 'ads', { min: 1, max: 1_000_000 }),
    days: wholeNumber(flags, 'days', { min: 1, max: 3_650 }),
  });
}

/** Without its limit of calls when the ads face has no quota either. */
function shopOf(flags: Flags, startsAt: Date): ShopFaceOptions {
  const refreshMode = refreshModes.find((mode) => mode === flags['shop-refresh']);
  if (!refreshMode) throw new Error(`--shop-refresh must be one of ${refreshModes.join(', ')}.`);
  return {
    world: createShopWorld({
      seed: seedOf(flags),
      shops: wholeNumber(flags, 'shops', { min: 0, max: 1_000 }),
      products: wholeNumber(flags, 'products', { min: 0, max: 100_000 }),
      startsAt,
    }),
    orders: {
      orders: wholeNumber(flags, 'orders', { min: 0, max: 1_000_000 }),
      days: wholeNumber(flags, 'days', { min: 1, max: 3_650 }),
    },
    refreshMode,
    rateLimited: !flags['no-quota'],
    redirectUri: flags['shop-redirect-uri'],
  };
}

function tierOf({ tier }: Flags): Tier {
  if (Object.hasOwn(tiers, tier)) return tier as Tier;
  throw new Error(`--tier must be one of ${Object.keys(tiers).join(', ')}.`);
}

const seedOf = (flags: Flags) => wholeNumber(flags, 'seed', { min: 0, max: 2 ** 32 - 1 });

function wholeNumber(
  flags: Flags,
  name: 'port' | 'seed' | 'accounts' | 'ads' | 'days' | 'shops' | 'products' | 'orders',
  { min, max }: { min: number; max: number },
): number {
  const value = Number(flags[name]);
  if (!/^\d+$/.test(flags[name]) || value < min || value > max) {
    throw new Error(`--${name} must be a whole number from ${min} to ${max}.`);
  }
  return value;
}

function describe(sandbox: Sandbox): readonly string[] {
  const { appId, secret } = sandbox.app;
  const accounts = sandbox.world.accounts;
  return [
    `app id ${appId} with secret ${secret}`,
    `access token ${sandbox.issueToken().accessToken} for these advertisers:`,
    ...accounts.map(({ advertiserId, name, timeZone, currency }) =>
      [`  ${advertiserId}`, name, timeZone, currency].join('  '),
    ),
    ...describeShops(sandbox.shop!),
    `Sandbox is ready: ${sandbox.origin}/open_api/v1.3/`,
  ];
}

function describeShops({ app, world, webhooks }: ShopFace): readonly string[] {
  const developers = webhooks.developers.app;
  return [
    `shop app key ${app.appKey} with secret ${app.secret} and service id ${app.serviceId}`,
    `developers client key ${developers.clientKey} with secret ${developers.clientSecret}`,
    ...world.shops.map(({ id, name, region, currency, timeZone }) =>
      ['  shop', id, name, region, currency, timeZone].join('  '),
    ),
  ];
}
