import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream } from '../shop-stream.ts';

const amount = 'currency of the row';

export const shopUnsettledOrders = shopListStream({
  name: 'shop_unsettled_orders',
  meaning: 'What TikTok expects to settle, until it does.',
  key: ['transaction_id'],
  scope: 'seller.finance.info',
  request: {
    method: 'GET',
    path: '/finance/202507/orders/unsettled',
    rows: 'transactions',
    query: { sort_field: 'order_create_time' },
    pageSize: 100,
  },
  fields: renamed(
    { id: 'transaction_id' },
    fieldsOf('shop.finance', 'seller', {
      id: ['id', 'Transaction.'],
      type: ['text', 'Order or kind of adjustment.'],
      status: ['text', 'Where it stands.'],
      unsettled_reason: ['text', 'Why it is not settled yet.'],
      order_id: ['id', 'Order.'],
      order_create_time: ['instant', 'When the order was placed.'],
      order_delivery_time: ['instant', 'When it arrived.'],
      adjustment_id: ['text', 'Adjustment.'],
      adjustment_order_id: ['id', 'Order that is adjusted.'],
      currency: ['text', 'Currency of the row.'],
      estimated_settlement: ['text', 'When it is expected to be settled.'],
      est_settlement_amount: ['money', 'What the seller will get.', amount],
      est_revenue_amount: ['money', 'Revenue.', amount],
      est_shipping_cost_amount: ['money', 'Shipping.', amount],
      est_fee_tax_amount: ['money', 'Fees and taxes.', amount],
      est_adjustment_amount: ['money', 'Adjustment.', amount],
      revenue_breakdown: ['json', 'Revenue by part.'],
      shipping_cost_breakdown: ['json', 'Shipping by part.'],
      fee_tax_breakdown: ['json', 'Fees and taxes by kind.'],
    }),
  ),
});
