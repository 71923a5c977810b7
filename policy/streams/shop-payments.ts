import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream, under } from '../shop-stream.ts';
import type { Field } from '../stream.ts';

/** An amount that is sent as value and currency: `amount`, `amount_currency`. */
const amountFields = (name: string, meaning: string): Field[] =>
  under(
    name,
    renamed(
      { value: name, currency: `${name}_currency` },
      fieldsOf('shop.finance', 'seller', {
        value: ['money', meaning, `${name}_currency`],
        currency: ['text', `Currency of: ${meaning}`],
      }),
    ),
  );

export const shopPayments = shopListStream({
  name: 'shop_payments',
  meaning: 'Payments from TikTok to the seller.',
  key: ['payment_id'],
  scope: 'seller.finance.info',
  request: {
    method: 'GET',
    path: '/finance/202309/payments',
    rows: 'payments',
    query: { sort_field: 'create_time', sort_order: 'ASC' },
    pageSize: 100,
    window: { filter: 'create_time', in: 'query', until: 'lt' },
  },
  windowDaysMax: 90,
  settles: { days: 30, pollMinutes: 60 },
  fields: [
    ...renamed(
      { id: 'payment_id' },
      fieldsOf('shop.finance', 'seller', {
        id: ['text', 'Payment.'],
        status: ['text', 'Paid, failed, under way.'],
        create_time: ['instant', 'When it was made.'],
        paid_time: ['instant', 'When it was paid.'],
        exchange_rate: ['ratio', 'Rate at which it was changed.', '1'],
      }),
    ),
    ...amountFields('amount', 'What is paid.'),
    ...amountFields('settlement_amount', 'Settlement that it stands for.'),
    ...amountFields('reserve_amount', 'What is held back of it.'),
    ...amountFields('payment_amount_before_exchange', 'What is paid, before exchange.'),
  ],
  dropped: [{ source: 'bank_account', reason: 'Digits of an account that no report needs.' }],
});
