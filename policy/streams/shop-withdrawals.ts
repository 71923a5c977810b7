import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream } from '../shop-stream.ts';

export const shopWithdrawals = shopListStream({
  name: 'shop_withdrawals',
  meaning: 'Movements of the seller’s balance at TikTok.',
  key: ['withdrawal_id'],
  scope: 'seller.finance.info',
  request: {
    method: 'GET',
    path: '/finance/202309/withdrawals',
    rows: 'withdrawals',
    query: { types: 'WITHDRAW,SETTLE,TRANSFER,REVERSE' },
    pageSize: 100,
    window: { filter: 'create_time', in: 'query', until: 'lt' },
  },
  windowDaysMax: 90,
  settles: { days: 30, pollMinutes: 60 },
  fields: renamed(
    { id: 'withdrawal_id' },
    fieldsOf('shop.finance', 'seller', {
      id: ['text', 'Movement.'],
      type: ['text', 'Withdrawn, settled, transferred, reversed.'],
      status: ['text', 'Where it stands.'],
      amount: ['money', 'Amount.', 'currency of the row'],
      currency: ['text', 'Currency of the row.'],
      create_time: ['instant', 'When it was made.'],
    }),
  ),
});
