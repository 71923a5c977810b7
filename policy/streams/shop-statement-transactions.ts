import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream, under } from '../shop-stream.ts';

const amount = 'currency of the statement';

export const shopStatementTransactions = shopListStream({
  name: 'shop_statement_transactions',
  meaning: 'What each statement consists of: orders, reserves, adjustments.',
  load: 'append',
  key: ['statement_id', 'transaction_id'],
  scope: 'seller.finance.info',
  request: {
    method: 'GET',
    path: '/finance/202501/statements/{id}/statement_transactions',
    rows: 'transactions',
    query: { sort_field: 'order_create_time' },
    pageSize: 100,
    per: {
      stream: 'shop_statements',
      idsPerCall: 1,
      name: 'id',
      in: 'path',
      time: 'statement_time',
    },
  },
  windowDaysMax: 30,
  settles: { days: 1, pollMinutes: 60 },
  fields: [
    ...under(
      '^',
      renamed(
        { id: 'statement_id', currency: 'currency' },
        fieldsOf('shop.finance', 'seller', {
          id: ['id', 'Statement.'],
          currency: ['text', 'Currency of the statement.'],
        }),
      ),
    ),
    ...renamed(
      { id: 'transaction_id' },
      fieldsOf('shop.finance', 'seller', {
        id: ['id', 'Transaction.'],
        type: ['text', 'Order, reserve, or kind of adjustment.'],
        order_id: ['id', 'Order.'],
        order_create_time: ['instant', 'When the order was placed.'],
        adjustment_id: ['text', 'Adjustment.'],
        adjustment_order_id: ['id', 'Order that is adjusted.'],
        associated_order_id: ['id', 'Order that a reserve is for.'],
        reserve_id: ['text', 'Reserve.'],
        reserve_status: ['text', 'Whether the reserve was released.'],
        estimated_release_time: ['instant', 'When the reserve is released.'],
        settlement_amount: ['money', 'What the seller gets.', amount],
        revenue_amount: ['money', 'Revenue.', amount],
        shipping_cost_amount: ['money', 'Shipping.', amount],
        fee_tax_amount: ['money', 'Fees and taxes.', amount],
        adjustment_amount: ['money', 'Adjustment.', amount],
        reserve_amount: ['money', 'Reserve.', amount],
        revenue_breakdown: ['json', 'Revenue by part.'],
        shipping_cost_breakdown: ['json', 'Shipping by part.'],
        fee_tax_breakdown: ['json', 'Fees and taxes by kind.'],
        supplementary_component: ['json', 'What buyer and TikTok paid beside it.'],
      }),
    ),
  ],
});
