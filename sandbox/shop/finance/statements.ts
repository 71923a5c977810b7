/** Statements of a shop, one for each day of UTC with settled transactions, then payments and withdrawals. */
import { sum } from '../orders/amounts.ts';
import type { LedgerEntry, OrderBook } from '../orders/order-book.ts';
import { idOf, indexOfId } from '../orders/order-plan.ts';
import { Remembered } from '../sorted-pages.ts';
import { addTotals, type Totals, totalsOf } from './settlement.ts';

export interface Statement {
  readonly id: string;
  /** 00:00 UTC after the day, in Unix seconds. */
  readonly statementTime: number;
  readonly entries: readonly LedgerEntry[];
  readonly totals: Totals;
}

/** Made a day after its statement, paid an hour later; nothing is paid out that is not above zero. */
export interface Payment {
  readonly id: string;
  readonly statement: Statement;
  readonly createdAt: number;
  readonly paidAt: number;
  readonly amount: number;
}

export interface Withdrawal {
  readonly id: string;
  readonly type: 'WITHDRAW' | 'SETTLE';
  readonly createdAt: number;
  readonly amount: number;
}

const daySeconds = 86_400;
const hourSeconds = 3_600;
const weekSeconds = 7 * daySeconds;
/** The first Monday of Unix time, at 06:00 UTC. */
const withdrawalPhase = 4 * daySeconds + 6 * hourSeconds;
const kinds = { statement: '73333', payment: '34587', settle: '74001', withdraw: '74002' } as const;

const remembered = new WeakMap<OrderBook, Remembered<readonly Statement[]>>();

/** Oldest first. A statement that is out never changes: what comes later is in a later one. */
export function statementsOf(book: OrderBook, now: number): readonly Statement[] {
  const today = Math.floor(now / daySeconds);
  const known = remembered.get(book) ?? new Remembered(2);
  remembered.set(book, known);
  return known.get(String(today), book.version, () => {
    const out = book.ledger.filter(
      ({ transaction }) => Math.floor(transaction.settledAt / daySeconds) < today,
    );
    const byDay = Map.groupBy(out, ({ transaction }) =>
      Math.floor(transaction.settledAt / daySeconds),
    );
    return [...byDay].map(([day, entries]) => ({
      id: idOf(kinds.statement, book.front, day, 0),
      statementTime: (day + 1) * daySeconds,
      entries,
      totals: addTotals(entries.map(({ transaction }) => totalsOf(transaction))),
    }));
  });
}

export function statementOf(book: OrderBook, now: number, id: string): Statement | null {
  if (indexOfId(kinds.statement, book.front, id) === null) return null;
  return statementsOf(book, now).find((statement) => statement.id === id) ?? null;
}

export const paymentIdOf = (book: OrderBook, { statementTime }: Statement): string =>
  idOf(kinds.payment, book.front, statementTime / daySeconds, 0);

export const isPaid = ({ statementTime, totals }: Statement, now: number): boolean =>
  totals.settlement > 0 && now >= statementTime + daySeconds + hourSeconds;

export function paymentsOf(book: OrderBook, now: number): readonly Payment[] {
  return statementsOf(book, now)
    .filter(({ totals }) => totals.settlement > 0)
    .map((statement) => ({
      id: paymentIdOf(book, statement),
      statement,
      createdAt: statement.statementTime + daySeconds,
      paidAt: statement.statementTime + daySeconds + hourSeconds,
      amount: statement.totals.settlement,
    }))
    .filter(({ createdAt }) => createdAt <= now);
}

/** Each payment comes in as SETTLE, and each Monday takes out what came in since the last. */
export function withdrawalsOf(book: OrderBook, now: number): readonly Withdrawal[] {
  const paid = paymentsOf(book, now).filter(({ paidAt }) => paidAt <= now);
  const settles = paid.map(({ paidAt, amount }) => ({
    id: idOf(kinds.settle, book.front, Math.floor(paidAt / daySeconds), 0),
    type: 'SETTLE' as const,
    createdAt: paidAt,
    amount,
  }));
  const weekOf = (seconds: number) => Math.floor((seconds - withdrawalPhase) / weekSeconds);
  const withdraws = [...Map.groupBy(settles, ({ createdAt }) => weekOf(createdAt))].map(
    ([week, parts]) => ({
      id: idOf(kinds.withdraw, book.front, week, 0),
      type: 'WITHDRAW' as const,
      createdAt: (week + 1) * weekSeconds + withdrawalPhase,
      amount: sum(parts.map(({ amount }) => amount)),
    }),
  );
  return [...settles, ...withdraws.filter(({ createdAt }) => createdAt <= now)];
}
