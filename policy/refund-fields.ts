/** What a cancellation or return gives back, in whole or for one line. */
import { fieldsOf } from './entity-stream.ts';
import { under } from './shop-stream.ts';

const amount = 'currency of the row';

export const refundFields = under(
  'refund_amount',
  fieldsOf('order.after-sale', 'seller', {
    currency: ['text', 'Currency of the refund.'],
    refund_total: ['money', 'Refund.', amount],
    refund_subtotal: ['money', 'Part for products.', amount],
    refund_shipping_fee: ['money', 'Part for shipping.', amount],
    refund_tax: ['money', 'Part for tax.', amount],
    retail_delivery_fee: ['money', 'Part for a state’s delivery fee.', amount],
    buyer_service_fee: ['money', 'Part for the service fee.', amount],
  }),
);
