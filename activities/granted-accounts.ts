/** Which accounts TikTok lists for a token: the one question that tells whether an authorisation lives. */
import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import type { TikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import { type ConnectionCall, callForConnection, type TikTokCallDeps } from './tiktok-call.ts';

export interface GrantedAccountsDeps extends TikTokCallDeps {
  readonly client: Pick<TikTokAdsClient, 'listAdvertisers'>;
  readonly shopClient: Pick<TikTokShopClient, 'listShops'>;
}

/** By what TikTok Shop counts the call. */
const shopsEndpoint = '/authorization/202309/shops';

/** One call under the consent of a connection; ids of advertisers or shops. */
export function grantedAccounts(
  deps: GrantedAccountsDeps,
  { connectionId, epoch }: Pick<ConnectionCall, 'connectionId' | 'epoch'>,
): Promise<ReadonlySet<string>> {
  const call = { connectionId, epoch, endpoint: shopsEndpoint };
  return callForConnection(deps, call, async ({ accessToken, connection, signal }) => {
    if (connection.platform === 'tiktok-shop') {
      const shops = await deps.shopClient.listShops(accessToken, signal);
      return new Set(shops.map(({ id }) => id));
    }
    const advertisers = await deps.client.listAdvertisers(accessToken, signal);
    return new Set(advertisers.map(({ advertiserId }) => advertiserId));
  });
}
