import { fieldsOf } from '../entity-stream.ts';
import { refundFields } from '../refund-fields.ts';
import { renamed, shopListStream, under } from '../shop-stream.ts';

export const shopReturns = shopListStream({
  name: 'shop_returns',
  meaning: 'Returns, refunds and replacements.',
  key: ['return_id'],
  scope: 'seller.return_refund.basic',
  request: {
    method: 'POST',
    path: '/return_refund/202309/returns/search',
    rows: 'return_orders',
    query: { sort_field: 'update_time', sort_order: 'ASC' },
    body: {},
    pageSize: 50,
    window: { filter: 'update_time', in: 'body', until: 'lt' },
  },
  windowDaysMax: 7,
  settles: { days: 0, pollMinutes: 30 },
  fields: [
    ...fieldsOf('order.after-sale', 'seller', {
      return_id: ['id', 'Return.'],
      order_id: ['id', 'Order.'],
      return_type: ['text', 'Refund, return and refund, replacement.'],
      return_status: ['text', 'Where it stands.'],
      arbitration_status: ['text', 'Where a dispute over it stands.'],
      role: ['text', 'Who asked for it.'],
      return_reason: ['text', 'Why, as a code.'],
      return_reason_text: ['text', 'Why, in words.'],
      return_method: ['text', 'How the goods come back.'],
      shipment_type: ['text', 'Whose carrier brings them back.'],
      handover_method: ['text', 'Picked up or dropped off.'],
      return_provider_id: ['text', 'Carrier’s id.'],
      return_provider_name: ['text', 'Carrier.'],
      return_shipping_document_type: ['text', 'Kind of return label.'],
      pre_return_id: ['id', 'Return before it.'],
      next_return_id: ['id', 'Return after it.'],
      is_combined_return: ['boolean', 'Whether it is sent with others.'],
      combined_return_id: ['id', 'Returns that are sent together.'],
      can_buyer_keep_item: ['boolean', 'Whether the buyer may keep the goods.'],
      seller_proposed_return_type: ['text', 'What the seller offered instead.'],
      buyer_rejected_partial_refund: ['boolean', 'Whether the buyer refused a part.'],
      create_time: ['instant', 'When it was asked for.'],
      update_time: ['instant', 'When it last changed.'],
      seller_next_action_response: ['json', 'What the seller has to do, and until when.'],
      discount_amount: ['json', 'Discounts on what is returned.'],
      shipping_fee_amount: ['json', 'Who pays for the way back.'],
    }),
    ...refundFields,
    ...under(
      'partial_refund',
      renamed(
        { amount: 'partial_refund', currency: 'partial_refund_currency' },
        fieldsOf('order.after-sale', 'seller', {
          amount: ['money', 'Part that was offered.', 'partial_refund_currency'],
          currency: ['text', 'Currency of that part.'],
        }),
      ),
    ),
  ],
  dropped: [
    { source: 'return_tracking_number', reason: 'Leads to a buyer, and no report needs it.' },
    { source: 'return_warehouse_address', reason: 'An address that no report needs.' },
  ],
});
