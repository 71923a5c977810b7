import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream } from '../shop-stream.ts';

export const shops = shopListStream({
  name: 'shops',
  meaning: 'Shops of the seller that the authorisation reaches.',
  key: ['shop_id'],
  scope: 'seller.authorization.info',
  request: { method: 'GET', path: '/authorization/202309/shops', rows: 'shops' },
  fields: renamed(
    { id: 'shop_id' },
    fieldsOf('shop.identity', 'seller', {
      id: ['id', 'Shop.'],
      name: ['text', 'Name of the shop.'],
      region: ['text', 'Country that it sells in.'],
      seller_type: ['text', 'Local or cross-border seller.'],
      code: ['text', 'Code of the shop in the seller centre.'],
    }),
  ),
  dropped: [
    { source: 'cipher', reason: 'Opens the shop for calls: kept sealed with the connection.' },
  ],
});
