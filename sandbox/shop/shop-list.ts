/** Which shops an authorisation reaches, and what their seller may do. */
import type { ShopEndpoint } from './endpoint.ts';

export const shopListEndpoints: readonly ShopEndpoint[] = [
  {
    method: 'GET',
    path: '/authorization/202309/shops',
    scopes: ['seller.authorization.info'],
    cipher: 'absent',
    answer: ({ grant }, { world }) => ({
      shops: world.shopsOf(grant.sellerId).map((shop) => ({
        id: shop.id,
        name: shop.name,
        region: shop.region,
        seller_type: shop.sellerType,
        cipher: shop.cipher,
        code: shop.code,
      })),
    }),
  },
  {
    method: 'GET',
    path: '/seller/202309/shops',
    scopes: ['seller.shop.info'],
    cipher: 'absent',
    answer: ({ grant }, { world }) => ({
      shops: world.shopsOf(grant.sellerId).map(({ id, region }) => ({ id, region })),
    }),
  },
  {
    method: 'GET',
    path: '/seller/202309/permissions',
    scopes: ['seller.shop.info'],
    cipher: 'absent',
    answer: ({ grant }, { world }) => ({
      permissions: world.shopsOf(grant.sellerId).length > 1 ? ['MANAGE_GLOBAL_PRODUCT'] : [],
    }),
  },
];
