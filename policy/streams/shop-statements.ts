import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream } from '../shop-stream.ts';

const amount = 'currency of the row';

export const shopStatements = shopListStream({
  name: 'shop_statements',
  meaning: 'Settlement of each day, made at 00:00 UTC.',
  key: ['statement_id'],
  scope: 'seller.finance.info',
  request: {
    method: 'GET',
    path: '/finance/202309/statements',
    rows: 'statements',
    query: { sort_field: 'statement_time', sort_order: 'ASC' },
    pageSize: 100,
    window: { filter: 'statement_time', in: 'query', until: 'lt' },
  },
  windowDaysMax: 90,
  // It is paid within weeks; its sums stay.
  settles: { days: 30, pollMinutes: 60 },
  fields: renamed(
    { id: 'statement_id' },
    fieldsOf('shop.finance', 'seller', {
      id: ['id', 'Statement.'],
      statement_time: ['instant', 'Its day.'],
      payment_id: ['text', 'Payment that it went out with.'],
      payment_status: ['text', 'Paid, failed, under way.'],
      currency: ['text', 'Currency of the row.'],
      settlement_amount: ['money', 'What the seller gets.', amount],
      revenue_amount: ['money', 'Revenue.', amount],
      fee_amount: ['money', 'Fees and taxes.', amount],
      adjustment_amount: ['money', 'Adjustments.', amount],
      net_sales_amount: ['money', 'Sales less refunds.', amount],
      shipping_cost_amount: ['money', 'Shipping.', amount],
    }),
  ),
});
