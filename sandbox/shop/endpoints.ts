/** Every endpoint of the Shop API that the sandbox serves. */
import type { ShopEndpoint } from './endpoint.ts';
import { orderEndpoints } from './orders/order-endpoints.ts';
import { shopListEndpoints } from './shop-list.ts';

export const shopEndpoints: readonly ShopEndpoint[] = [...shopListEndpoints, ...orderEndpoints];
