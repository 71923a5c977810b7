/** Searches of cancellations and returns, which filter and page alike. */
import { type ShopCall, secondsOf } from '../endpoint.ts';
import type { OrderBook } from '../orders/order-book.ts';
import { readRange } from '../orders/order-endpoints.ts';
import type { OrderState } from '../orders/order-state.ts';
import { buyerOfOrder } from '../orders/recipient.ts';
import { type PageRules, pageOf } from '../paging.ts';

interface Subject {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Found<T extends Subject> {
  readonly order: OrderState;
  readonly subject: T;
}

export interface SearchNames {
  /** Names of the lists in the body. */
  readonly ids: string;
  readonly types: string;
  readonly statuses: string;
  /** How the body spells a status that answers spell otherwise. */
  readonly spelling?: (status: string) => string;
  readonly rules: PageRules;
}

export function searchAfterSale<T extends Subject>(
  call: ShopCall,
  book: OrderBook,
  subjectsOf: (order: OrderState) => readonly T[],
  names: SearchNames,
) {
  const { body, query } = call;
  const field = query.oneOf('sort_field', ['create_time', 'update_time'], 'create_time');
  const descending = query.oneOf('sort_order', ['ASC', 'DESC'], 'DESC') === 'DESC';
  const { spelling = (status: string) => status } = names;
  const inList = (name: string) => {
    const list = body.list(name);
    return (value: string) => list === null || list.length === 0 || list.includes(value);
  };
  const [byId, byType, byStatus] = [names.ids, names.types, names.statuses].map(inList);
  const [byOrder, byBuyer] = ['order_ids', 'buyer_user_ids'].map(inList);
  const inCreation = readRange(body, 'create_time', secondsOf(call.now));
  const inUpdate = readRange(body, 'update_time', secondsOf(call.now));
  const rows = book.orders.flatMap((order): Found<T>[] =>
    subjectsOf(order)
      .filter(
        ({ id, type, status, createdAt, updatedAt }) =>
          byId!(id) &&
          byType!(type) &&
          (byStatus!(status) || byStatus!(spelling(status))) &&
          byOrder!(order.plan.id) &&
          byBuyer!(buyerOfOrder(order).userId) &&
          inCreation(createdAt) &&
          inUpdate(updatedAt),
      )
      .map((subject) => ({ order, subject })),
  );
  const page = pageOf(rows, query, {
    rules: names.rules,
    placeOf: ({ subject }) => ({
      order: field === 'create_time' ? subject.createdAt : subject.updatedAt,
      id: subject.id,
    }),
    descending,
  });
  return { total: rows.length, page };
}
