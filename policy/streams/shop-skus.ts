import { fieldsOf } from '../entity-stream.ts';
import { partOf, renamed, under } from '../shop-stream.ts';
import { shopProducts } from './shop-products.ts';

export const shopSkus = partOf(shopProducts, {
  name: 'shop_skus',
  meaning: 'Units of sale of each product.',
  key: ['sku_id'],
  rows: 'skus',
  fields: [
    ...renamed(
      { id: 'sku_id' },
      fieldsOf('product.listing', 'seller', {
        id: ['id', 'Unit of sale.'],
        seller_sku: ['text', 'The seller’s own number of it.'],
        pre_sale: ['json', 'How long a buyer waits before it is made or in stock.'],
        fees: ['json', 'Fees that stand on it.'],
      }),
    ),
    ...under(
      '^',
      renamed(
        { id: 'product_id' },
        fieldsOf('product.listing', 'seller', { id: ['id', 'Product.'] }),
      ),
    ),
    ...under(
      'status_info',
      fieldsOf('product.listing', 'seller', {
        status: ['text', 'Whether it is offered.'],
        deactivation_source: ['text', 'Who took it out of sale.'],
      }),
    ),
  ],
  dropped: [{ source: 'inventory', reason: 'Asked for on its own, with what is committed.' }],
});
