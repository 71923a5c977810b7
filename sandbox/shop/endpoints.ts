/** Every endpoint of the Shop API that the sandbox serves. */
import { afterSaleEndpoints } from './after-sale/after-sale-endpoints.ts';
import type { ShopEndpoint } from './endpoint.ts';
import { financeEndpoints } from './finance/finance-endpoints.ts';
import { fulfilmentEndpoints } from './fulfilment/fulfilment-endpoints.ts';
import { logisticsEndpoints } from './logistics.ts';
import { orderEndpoints } from './orders/order-endpoints.ts';
import { catalogueEndpoints } from './products/catalogue.ts';
import { productWriteEndpoints } from './products/edit.ts';
import { imageUpload } from './products/image-upload.ts';
import { lifeCycleEndpoints } from './products/life-cycle.ts';
import { productReadEndpoints } from './products/search.ts';
import { stockAndPriceEndpoints } from './products/stock-and-prices.ts';
import { shopListEndpoints } from './shop-list.ts';
import { webhookSettingEndpoints } from './webhook-settings.ts';

export const shopEndpoints: readonly ShopEndpoint[] = [
  ...shopListEndpoints,
  ...productReadEndpoints,
  ...productWriteEndpoints,
  ...lifeCycleEndpoints,
  ...stockAndPriceEndpoints,
  ...catalogueEndpoints,
  imageUpload,
  ...logisticsEndpoints,
  ...webhookSettingEndpoints,
  ...orderEndpoints,
  ...fulfilmentEndpoints,
  ...afterSaleEndpoints,
  ...financeEndpoints,
];
