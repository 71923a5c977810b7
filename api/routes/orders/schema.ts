import { z } from 'zod';
import { buyerLookReasons } from '../../../policy/buyer-looks.ts';
import type { Stream } from '../../../policy/stream.ts';
import { shopOrderBuyers } from '../../../policy/streams/shop-order-buyers.ts';
import { shopOrderLineItems } from '../../../policy/streams/shop-order-line-items.ts';
import { shopOrders } from '../../../policy/streams/shop-orders.ts';
import { recordSchema, recordsQuery } from '../../shop-records.ts';

export const OrdersQuery = recordsQuery(shopOrders);

export const OrderSummary = recordSchema(shopOrders, false).meta({
  id: 'OrderSummary',
  description: 'An order without anything about its buyer. Ids and money are texts, exact.',
});

export const Order = recordSchema(shopOrders, true)
  .extend({ lineItems: z.array(recordSchema(shopOrderLineItems, true)) })
  .meta({ id: 'Order', description: 'Structures are JSON texts, as TikTok sent them.' });

export const BuyerQuery = z.strictObject({
  reason: z.enum(buyerLookReasons).describe('Why the buyer is looked at: it is written down.'),
});

const { fields }: Stream = shopOrderBuyers;

export const Buyer = z
  .object(
    Object.fromEntries(
      fields.map(({ name, meaning }) => [name, z.string().nullable().describe(meaning)]),
    ),
  )
  .meta({
    id: 'Buyer',
    description: 'Who ordered, as TikTok says now; gone when its time is over.',
  });

export const BuyerLook = z
  .object({
    id: z.string(),
    orderId: z.string(),
    reason: z.enum(buyerLookReasons),
    at: z.iso.datetime(),
  })
  .meta({ id: 'BuyerLook' });
