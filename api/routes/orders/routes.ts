import { randomUUID } from 'node:crypto';
import { sealContexts } from '../../../policy/seals.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';
import {
  answerRecords,
  findRecordId,
  notFound,
  presentRecord,
  RecordPath,
} from '../../shop-records.ts';
import { ConnectionPath } from '../connections/schema.ts';
import { Buyer, BuyerLook, BuyerQuery, Order, OrderSummary, OrdersQuery } from './schema.ts';

type Deps = Pick<ApiDeps, 'registry' | 'warehouse' | 'keyring'>;

const tags = ['orders'];

/** Orders of a workspace's open shops. Their buyers stand apart, and each look at one is written down first. */
export function orderRoutes(app: ApiInstance, deps: Deps): void {
  app.get(
    '/api/v1/orders',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Orders of one workspace’s open shops.',
        tags,
        querystring: OrdersQuery,
        response: { 200: OrderSummary.array(), ...problemResponses },
      },
    },
    (request, reply) => {
      const list = { resource: 'orders', key: 'order_id', query: request.query };
      return answerRecords(deps, request, reply, list, deps.warehouse.listOrders);
    },
  );
  app.get(
    '/api/v1/orders/:id',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'One order with its units, without its buyer.',
        tags,
        params: RecordPath,
        response: { 200: Order, ...problemResponses },
      },
    },
    async (request) => {
      const { connectionId, recordId } = await findRecordId(deps, request.params.id);
      const found = await deps.warehouse.order(connectionId, recordId);
      if (found === undefined) throw notFound();
      return {
        ...presentRecord('order_id', found.order),
        lineItems: found.lineItems.map((item) => presentRecord('line_item_id', item)),
      };
    },
  );
  buyerRoutes(app, deps);
}

function buyerRoutes(app: ApiInstance, deps: Deps): void {
  app.get(
    '/api/v1/orders/:id/buyer',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'The buyer of one order. Why is asked for, and each look is written down.',
        tags,
        params: RecordPath,
        querystring: BuyerQuery,
        response: { 200: Buyer, ...problemResponses },
      },
    },
    async (request) => {
      const { connectionId, recordId } = await findRecordId(deps, request.params.id);
      const buyer = await deps.warehouse.orderBuyer(connectionId, recordId);
      if (buyer === undefined) throw notFound();
      const id = randomUUID();
      const key = await deps.keyring.ensure('connection', connectionId);
      const context = sealContexts.buyerLook(id);
      const sealedOrder = await deps.keyring.seal([key], context, Buffer.from(recordId));
      // Before the answer: a look that cannot be written down does not take place.
      await deps.registry.buyerLooks.add({
        ...{ id, connectionId, sealedOrder },
        reason: request.query.reason,
      });
      return buyer as Record<string, string | null>;
    },
  );
  app.get(
    '/api/v1/connections/:id/buyer-looks',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Which buyers of a shop were looked at, when and why; the newest first.',
        tags,
        params: ConnectionPath,
        response: { 200: BuyerLook.array(), ...problemResponses },
      },
    },
    async (request) => {
      const looks = await deps.registry.buyerLooks.list(request.params.id);
      return Promise.all(
        looks.map(async ({ id, sealedOrder, reason, at }) => {
          const orderId = await deps.keyring.unseal(sealedOrder, sealContexts.buyerLook(id));
          return { id, orderId: String(orderId), reason, at: at.toISOString() };
        }),
      );
    },
  );
}
