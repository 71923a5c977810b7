/** A plain client for tests of the Shop face: signs calls and reads envelopes. */
import { createGeneratedWorld } from '../generator/create-generated-world.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { allShopScopes } from './access/scopes.ts';
import { signRequest } from './access/signature.ts';
import { createShopWorld } from './generator/create-shop-world.ts';
import type { ShopFace, ShopFaceOptions } from './shop-face.ts';
import type { Shop } from './world.ts';

export interface ShopAnswer {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly request_id: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly data: any;
}

export interface ShopRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly shop?: Shop | null;
  /** Over what is computed: tests of the checks. */
  readonly over?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ShopSandbox {
  readonly sandbox: Sandbox;
  readonly face: ShopFace;
  readonly shops: readonly Shop[];
  /** Of the first seller, with every scope. */
  readonly token: string;
  call(path: string, request?: ShopRequest): Promise<ShopAnswer>;
  close(): Promise<void>;
}

export interface ShopSandboxOptions extends Partial<ShopFaceOptions> {
  readonly shops?: number;
  readonly products?: number;
  readonly startsAt?: Date;
}

/** A sandbox with few ads; calls go to the first shop unless they say otherwise. */
export async function startShopSandbox(options: ShopSandboxOptions = {}): Promise<ShopSandbox> {
  const { shops = 3, products = 40, startsAt, ...rest } = options;
  const ads = createGeneratedWorld({ seed: 3, accounts: 2, ads: 6, days: 3, startsAt });
  const world = createShopWorld({ seed: 3, shops, products, startsAt: ads.startsAt });
  const sandbox = await startSandbox({
    world: ads,
    port: 0,
    quota: 'none',
    seed: 3,
    shop: { world, ...rest },
  });
  const face = sandbox.shop!;
  const { tokens } = face.authorisations.issueGrant(world.sellers[0]!, allShopScopes);
  const token = tokens[0]!.accessToken;
  return {
    ...{ sandbox, face, token },
    shops: world.shops,
    call: (path, request = {}) => callShop(sandbox, token, path, request),
    close: () => sandbox.close(),
  };
}

export async function callShop(
  sandbox: Sandbox,
  token: string,
  path: string,
  request: ShopRequest,
): Promise<ShopAnswer> {
  const response = await callShopRaw(sandbox, token, path, request);
  return { status: response.status, ...((await response.json()) as Omit<ShopAnswer, 'status'>) };
}

export function callShopRaw(
  sandbox: Sandbox,
  token: string,
  path: string,
  { method = 'GET', query = {}, body, shop, over = {}, headers = {} }: ShopRequest,
): Promise<Response> {
  const { app, world, clock } = sandbox.shop!;
  const chosen = shop === undefined ? world.shops[0]! : shop;
  const contentType = body instanceof FormData ? 'multipart/form-data' : 'application/json';
  const text = body === undefined || body instanceof FormData ? '' : JSON.stringify(body);
  const signed: Record<string, string | undefined> = {
    app_key: app.appKey,
    timestamp: String(Math.floor(clock.now().getTime() / 1000)),
    ...(chosen ? { shop_cipher: chosen.cipher } : {}),
    ...Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
    ...over,
  };
  const present = Object.fromEntries(
    Object.entries(signed).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const sign = signRequest(app.secret, {
    ...{ path, query: present, contentType },
    body: Buffer.from(text),
  });
  const search = new URLSearchParams('sign' in over ? present : { ...present, sign });
  return fetch(`${sandbox.origin}${path}?${search}`, {
    method,
    headers: {
      'x-tts-access-token': token,
      ...(body instanceof FormData ? {} : { 'content-type': contentType }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : text }),
  });
}
