/** TikTok Shop's API: one call per function (reference: partner.tiktokshop.com, "API reference"). */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { z } from 'zod';
import type { Stream } from '../../policy/stream.ts';
import type { Window } from '../../policy/windows.ts';
import { createShopCaller, type ShopAccess, type ShopCallerOptions } from './call.ts';
import type { ItemError, ShopPageFacts, ShopPageReading } from './envelope.ts';
import { ordersCall, pageCall, type ShopCall } from './requests.ts';
import { shopListSchema, tokenSchema } from './schema.ts';

export type { ItemError };

export interface ShopToken {
  readonly accessToken: string;
  readonly accessExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshExpiresAt: Date;
  /** The authorising account, by which TikTok's events name it. */
  readonly openId: string;
  readonly sellerName: string;
  readonly region: string;
  readonly scopes: readonly string[];
}

export interface GrantedShop {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** Opens the shop for calls; a secret like a token. */
  readonly cipher: string;
}

/** One answer: the bytes as they came and what its envelope says. */
export interface PulledShopPage extends ShopPageFacts {
  readonly body: Buffer;
}

export interface ShopPullTarget {
  readonly accessToken: string;
  readonly cipher: string;
  readonly stream: Stream;
  readonly window: Window;
  /** Null for the first page. */
  readonly pageToken: string | null;
  /** What the stream is asked for, where it is asked by ids of another. */
  readonly ids: readonly string[] | null;
}

export interface TikTokShopClient {
  consentUrl(input: { state: string }): string;
  exchangeAuthCode(authCode: string, signal?: AbortSignal): Promise<ShopToken>;
  /** `AUTHORISATION_DEAD` when TikTok takes the refresh token no more. */
  refreshToken(refreshToken: string, signal?: AbortSignal): Promise<ShopToken>;
  listShops(accessToken: string, signal?: AbortSignal): Promise<readonly GrantedShop[]>;
  pullPage(target: ShopPullTarget, signal?: AbortSignal): Promise<PulledShopPage>;
  /** 50 ids at most. Orders that TikTok does not know are left out. */
  ordersByIds(
    target: ShopAccess & { readonly ids: readonly string[] },
    signal?: AbortSignal,
  ): Promise<PulledShopPage>;
  /** Ends the threads that read answers. */
  close(): Promise<void>;
}

export { callDeadlineMs } from './call.ts';

export interface TikTokShopOptions extends ShopCallerOptions {
  /** Where the consent page `/open/authorize` is, as the browser reaches it. */
  readonly servicesUrl: string;
  readonly serviceId: string;
}

export function createTikTokShopClient(options: TikTokShopOptions): TikTokShopClient {
  const { send, accepted, ask, askForToken } = createShopCaller(options);
  const threads = new Piscina<{ body: Uint8Array; rowsPath: string }, ShopPageReading>({
    filename: fileURLToPath(new URL('./page-worker.ts', import.meta.url)),
    minThreads: 0,
    maxThreads: 2,
    idleTimeout: 30_000,
  });

  async function page(
    call: ShopCall,
    access: ShopAccess,
    rowsPath: string,
    signal?: AbortSignal,
  ): Promise<PulledShopPage> {
    const { status, body } = await send(call, access, signal);
    const reading = await threads.run({ body, rowsPath });
    signal?.throwIfAborted();
    return { body, ...accepted(call.endpoint, status, reading).page };
  }

  return {
    consentUrl({ state }) {
      const url = new URL('/open/authorize', options.servicesUrl);
      url.searchParams.set('service_id', options.serviceId);
      url.searchParams.set('state', state);
      return url.href;
    },
    async exchangeAuthCode(authCode, signal) {
      // TikTok spells the first one so.
      const query = { auth_code: authCode, grant_type: 'authorized_code' };
      return readToken(await askForToken('/api/v2/token/get', query, tokenSchema, signal));
    },
    async refreshToken(refreshToken, signal) {
      const query = { refresh_token: refreshToken, grant_type: 'refresh_token' };
      return readToken(await askForToken('/api/v2/token/refresh', query, tokenSchema, signal));
    },
    async listShops(accessToken, signal) {
      const path = '/authorization/202309/shops';
      const call: ShopCall = { method: 'GET', endpoint: path, path, query: {} };
      const { shops } = await ask(call, { accessToken }, shopListSchema, signal);
      return (shops ?? []).map(({ id, name, region, cipher }) => ({
        ...{ id, cipher },
        name: name ?? '',
        region: region ?? '',
      }));
    },
    pullPage(target, signal) {
      const { accessToken, cipher, stream } = target;
      if (stream.request.kind !== 'shop-list') {
        throw new TypeError(`${stream.name} is no list of a shop.`);
      }
      return page(pageCall(target), { accessToken, cipher }, stream.request.rows, signal);
    },
    ordersByIds: ({ ids, ...access }, signal) => page(ordersCall(ids), access, 'orders', signal),
    close: () => threads.close(),
  };
}

const readToken = (token: z.infer<typeof tokenSchema>): ShopToken => ({
  accessToken: token.access_token,
  accessExpiresAt: token.access_token_expire_in,
  refreshToken: token.refresh_token,
  refreshExpiresAt: token.refresh_token_expire_in,
  openId: token.open_id,
  sellerName: token.seller_name ?? '',
  region: token.seller_base_region ?? '',
  scopes: token.granted_scopes ?? [],
});
