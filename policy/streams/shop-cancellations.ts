import { fieldsOf } from '../entity-stream.ts';
import { refundFields } from '../refund-fields.ts';
import { shopListStream } from '../shop-stream.ts';

export const shopCancellations = shopListStream({
  name: 'shop_cancellations',
  meaning: 'Cancellations, asked for or done.',
  key: ['cancel_id'],
  scope: 'seller.return_refund.basic',
  request: {
    method: 'POST',
    path: '/return_refund/202309/cancellations/search',
    rows: 'cancellations',
    query: { sort_field: 'update_time', sort_order: 'ASC' },
    body: {},
    pageSize: 50,
    window: { filter: 'update_time', in: 'body', until: 'lt' },
  },
  windowDaysMax: 7,
  settles: { days: 0, pollMinutes: 30 },
  fields: [
    ...fieldsOf('order.after-sale', 'seller', {
      cancel_id: ['id', 'Cancellation.'],
      order_id: ['id', 'Order.'],
      cancel_type: ['text', 'By seller or system, or by the buyer.'],
      cancel_status: ['text', 'Where it stands.'],
      role: ['text', 'Who asked for it.'],
      cancel_reason: ['text', 'Why, as a code.'],
      cancel_reason_text: ['text', 'Why, in words.'],
      create_time: ['instant', 'When it was asked for.'],
      update_time: ['instant', 'When it last changed.'],
      seller_next_action_response: ['json', 'What the seller has to do, and until when.'],
    }),
    ...refundFields,
  ],
});
