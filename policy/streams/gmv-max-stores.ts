import { adsListStream, signedAddress } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';

export const gmvMaxStores = adsListStream({
  name: 'gmv_max_stores',
  meaning: 'Shops that the ad account can promote with GMV Max.',
  key: ['store_id'],
  scope: '19000000',
  request: { endpoint: 'gmv_max/store/list/', rows: 'store_list' },
  fields: fieldsOf('shop.identity', 'seller', {
    store_id: ['id', 'Shop; its id at TikTok Shop.'],
    store_name: ['text', 'Name of the shop.'],
    store_code: ['text', 'Code of the shop in the seller centre.'],
    store_status: ['text', 'Whether the shop is open.'],
    store_role: ['text', 'What the ad account may do there.'],
    store_type: ['text', 'Kind of shop.'],
    store_authorized_bc_id: ['text', 'Business Center through which it may.'],
    targeting_region_codes: ['json', 'Countries that it sells in.'],
    is_gmv_max_available: ['boolean', 'Whether this account can run GMV Max there.'],
    is_owner_bc: ['boolean', 'Whether that Business Center owns the shop.'],
  }),
  dropped: [
    { source: 'thumbnail_url', reason: signedAddress },
    {
      source: 'exclusive_authorized_advertiser_info',
      reason: 'Can be an account of somebody else.',
    },
  ],
});
