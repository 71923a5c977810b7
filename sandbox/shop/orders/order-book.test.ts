import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hash } from '../../generator/hash.ts';
import { Agenda } from '../agenda.ts';
import { ShopRefusal } from '../answers.ts';
import { ShopEvents } from '../events.ts';
import { createShopWorld } from '../generator/create-shop-world.ts';
import type { Action } from './life-cycle.ts';
import { OrderBooks } from './order-book.ts';
import type { OrderState } from './order-state.ts';

const startsAt = new Date('2026-11-24T09:40:00Z');
const start = startsAt.getTime() / 1000;
const hourSeconds = 3_600;

function open(orders = 60) {
  const world = createShopWorld({ seed: 5, shops: 1, products: 20, startsAt });
  const agenda = new Agenda();
  const events = new ShopEvents();
  const books = new OrderBooks(world, { orders, days: 6 }, { agenda, events });
  return { agenda, events, book: books.of(world.shops[0]!.id) };
}

/** What can be asked of an order, by number; much of it is refused, as it is by TikTok. */
function actionOf(order: OrderState, choice: number): Action {
  const parcelId = order.parcels.at(-1)?.id ?? '';
  const [cancellation, back] = [
    order.cancellations.at(-1)?.id ?? '',
    order.returns.at(-1)?.id ?? '',
  ];
  const actions: readonly Action[] = [
    { name: 'hasten' },
    { name: 'ship', parcelId, how: {} },
    { name: 'cancel', items: [0] },
    { name: 'request-cancel' },
    { name: 'approve-cancel', id: cancellation },
    { name: 'reject-cancel', id: cancellation },
    { name: 'request-return' },
    { name: 'decide-return', id: back, decision: 'APPROVE_RETURN' },
    { name: 'decide-return', id: back, decision: 'APPROVE_REFUND' },
    { name: 'decide-return', id: back, decision: 'OFFER_PARTIAL_REFUND', details: { offer: 1 } },
    { name: 'decide-return', id: back, decision: 'REJECT_RETURN' },
    { name: 'change-address' },
    { name: 'split', groups: [[0], order.plan.items.map((_, place) => place).slice(1)] },
  ];
  return actions[choice % actions.length]!;
}

/** Without what waits to be told: a replay tells nobody. */
const plain = ({ plan, changes: _, ...state }: OrderState) => ({ id: plan.id, ...state });

it('whatever is done, and however the clock jumps, a replay gives the same orders', () => {
  let refused = 0;
  let done = 0;
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, stepHours) => {
      const { agenda, book } = open();
      for (let step = 1; step <= 40; step += 1) {
        const now = start + step * stepHours * hourSeconds;
        agenda.catchUp(new Date(now * 1000));
        const { orders } = book;
        for (let turn = 0; turn < 6; turn += 1) {
          const order = orders[hash(seed, step, turn) % orders.length]!;
          try {
            book.act(order, now, actionOf(order, hash(seed, step, turn + 100)));
            done += 1;
          } catch (error) {
            if (!(error instanceof ShopRefusal)) throw error;
            refused += 1;
          }
        }
      }
      const now = start + 40 * stepHours * hourSeconds;
      expect(book.replay(now).map(plain)).toEqual(book.orders.map(plain));
      const settled = book.orders.flatMap(({ transactions }) => transactions);
      expect(book.ledger).toHaveLength(settled.length);
    }),
    { numRuns: 12 },
  );
  expect(done).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(200);
});

it('one jump tells the same as many small ones, in the same order', () => {
  const tell = (steps: number) => {
    const { agenda, events } = open();
    const told: string[] = [];
    events.listen(
      ({ type, at, data }) => void told.push(`${type} ${at.toISOString()} ${JSON.stringify(data)}`),
    );
    const spanSeconds = 10 * 24 * hourSeconds;
    for (let step = 1; step <= steps; step += 1) {
      agenda.catchUp(new Date((start + (spanSeconds * step) / steps) * 1000));
    }
    return told;
  };
  const once = tell(1);
  expect(once.length).toBeGreaterThan(500);
  expect(tell(500)).toEqual(once);
});

it('each order is told with a later update_time than before', () => {
  const { agenda, events } = open();
  const last = new Map<unknown, number>();
  events.listen(({ type, data }) => {
    if (type !== 1) return;
    expect(data.update_time).toBeGreaterThan(last.get(data.order_id) ?? 0);
    last.set(data.order_id, data.update_time as number);
  });
  agenda.catchUp(new Date((start + 20 * 24 * hourSeconds) * 1000));
  expect(last.size).toBeGreaterThan(150);
});

it('a shop of no orders gets none', () => {
  const { agenda, book } = open(0);
  agenda.catchUp(new Date((start + 24 * hourSeconds) * 1000));
  expect(book.orders).toEqual([]);
});
