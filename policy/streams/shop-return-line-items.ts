import { fieldsOf } from '../entity-stream.ts';
import { refundFields } from '../refund-fields.ts';
import { partOf, under } from '../shop-stream.ts';
import { shopReturns } from './shop-returns.ts';

export const shopReturnLineItems = partOf(shopReturns, {
  name: 'shop_return_line_items',
  meaning: 'Units of a return.',
  key: ['return_line_item_id'],
  rows: 'return_line_items',
  fields: [
    ...under('^', fieldsOf('order.after-sale', 'seller', { return_id: ['id', 'Return.'] })),
    ...fieldsOf('order.after-sale', 'seller', {
      return_line_item_id: ['id', 'Line of the return.'],
      order_line_item_id: ['id', 'Line item of the order.'],
      sku_id: ['id', 'Unit of sale.'],
      seller_sku: ['text', 'The seller’s own number of it.'],
      sku_name: ['text', 'Variant.'],
      product_name: ['text', 'Title of the product.'],
    }),
    ...refundFields,
  ],
  dropped: [{ source: 'product_image', reason: 'The product’s own picture is kept.' }],
});
