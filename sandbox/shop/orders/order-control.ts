/** Routes of tests for orders: make one, move one, stop new ones, and ask for the truth. */
import type { FastifyInstance } from 'fastify';
import { BadControl, bodyOf } from '../../control-body.ts';
import { ShopRefusal } from '../answers.ts';
import { type ShopContext, secondsOf } from '../endpoint.ts';
import type { Action } from './life-cycle.ts';
import type { OrderBook } from './order-book.ts';
import type { PlanChoices } from './order-plan.ts';
import type { OrderState } from './order-state.ts';
import { buyersOf, truthOf } from './order-truth.ts';

const base = '/sandbox/shop';

/** The first shop unless one is named. */
interface OfShop {
  readonly shop?: string;
}

export function registerOrderControl(
  app: FastifyInstance,
  context: Pick<ShopContext, 'world' | 'clock' | 'agenda' | 'orders'>,
): void {
  const { clock, agenda } = context;
  const now = (): number => {
    agenda.catchUp(clock.now());
    return secondsOf(clock.now());
  };
  app.post(`${base}/orders/create`, (request) => {
    const { shop, ...choices } = bodyOf<OfShop & PlanChoices>(request.body);
    return shown(bookOf(context, shop).create(now(), choices));
  });
  /** `{shop, orderId, action: {name, …}}`; `hasten` brings the next planned step about. */
  app.post(`${base}/orders/act`, (request) => {
    const body = bodyOf<OfShop & { orderId: string; action?: Action }>(request.body);
    const book = bookOf(context, body.shop);
    const order = book.find(body.orderId);
    if (!order) throw new BadControl('There is no such order in this shop.');
    try {
      const made = book.act(order, now(), body.action ?? { name: 'hasten' });
      return { ...shown(order), made };
    } catch (error) {
      throw error instanceof ShopRefusal ? new BadControl(error.message) : error;
    }
  });
  /** No generated orders after an instant in Unix seconds, or from now on. */
  app.post(`${base}/orders/stop`, (request) => {
    const { shop, at = now() } = bodyOf<OfShop & { at?: number }>(request.body);
    bookOf(context, shop).stopsAt = at;
    return { stopsAt: at };
  });
  app.get<{ Querystring: OfShop & { at?: string } }>(`${base}/truth/orders`, (request) => {
    const { shop, at } = request.query;
    return truthOf(bookOf(context, shop), readInstant(at, now()));
  });
  app.get<{ Querystring: OfShop & { at?: string } }>(`${base}/truth/buyers`, (request) => {
    const { shop, at } = request.query;
    return buyersOf(bookOf(context, shop), readInstant(at, now()));
  });
}

function bookOf({ world, orders }: Pick<ShopContext, 'world' | 'orders'>, id?: string): OrderBook {
  const shop = id === undefined ? world.shops[0] : world.shop(id);
  if (!shop) throw new BadControl('There is no such shop.');
  return orders.of(shop.id);
}

/** Unix seconds, or an ISO 8601 instant. */
function readInstant(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const at = /^\d+$/.test(text) ? Number(text) : Math.floor(Date.parse(text) / 1000);
  if (!Number.isFinite(at)) throw new BadControl('at must be Unix seconds or an ISO 8601 instant.');
  return at;
}

function shown({ plan, status, updatedAt, parcels, cancellations, returns, steps }: OrderState) {
  return {
    id: plan.id,
    status,
    updatedAt,
    fate: plan.fate,
    lineItemIds: plan.items.map(({ id }) => id),
    packageIds: parcels.map(({ id }) => id),
    cancellationIds: cancellations.map(({ id }) => id),
    returnIds: returns.map(({ id }) => id),
    planned: steps,
  };
}
