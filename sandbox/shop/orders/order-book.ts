/**
 * The orders of one shop, as far as the clock has come. Orders are made of the seed, go on by the agenda, and are
 * replayed for the truth; the book's time never goes back.
 */
import type { Agenda } from '../agenda.ts';
import { ShopRefusal } from '../answers.ts';
import type { ShopEvents } from '../events.ts';
import type { Transaction } from '../finance/settlement.ts';
import type { ShopWorld } from '../world.ts';
import { type Action, goOn, nextAt, perform, startOrder } from './life-cycle.ts';
import { eventsOf } from './order-events.ts';
import {
  createdAtOf,
  createStorefront,
  handMadeFrom,
  idKinds,
  indexOfId,
  type PlanChoices,
  planOrder,
  type Storefront,
} from './order-plan.ts';
import type { Change, OrderState } from './order-state.ts';

interface Live {
  readonly order: OrderState;
  /** What calls and tests did to it; a replay does it again. */
  readonly actions: { readonly at: number; readonly action: Action }[];
  /** The agenda's entry that counts; older ones do nothing. */
  wakeAt: number;
  settled: number;
}

interface Listing {
  readonly version: number;
  readonly byCreation: readonly OrderState[];
  readonly byUpdate: readonly OrderState[];
}

export interface LedgerEntry {
  readonly order: OrderState;
  readonly transaction: Transaction;
}

type Listener = (order: OrderState, change: Change) => void;

export class OrderBook {
  readonly front: Storefront;
  readonly #agenda: Agenda;
  readonly #listener: Listener;
  readonly #generated: Live[] = [];
  readonly #handMade: Live[] = [];
  readonly #ledger: LedgerEntry[] = [];
  #version = 0;
  #listed: Listing = { version: -1, byCreation: [], byUpdate: [] };
  /** Unix seconds after which the generator makes no more orders. */
  stopsAt = Number.POSITIVE_INFINITY;

  constructor(front: Storefront, startsAt: number, agenda: Agenda, listener: Listener) {
    this.front = front;
    this.#agenda = agenda;
    this.#listener = listener;
    if (front.goods.length > 0) this.#writeHistory(startsAt);
    this.#ledger.sort((one, other) => one.transaction.settledAt - other.transaction.settledAt);
  }

  /** Moves with every change: what is remembered of one version holds until the next. */
  get version(): number {
    return this.#version;
  }

  /** In the order of their creation. */
  get orders(): readonly OrderState[] {
    return this.#listing().byCreation;
  }

  /** Oldest update first, those of one second by id. */
  get byUpdate(): readonly OrderState[] {
    return this.#listing().byUpdate;
  }

  /** Transactions of statements in the order of their settlement. */
  get ledger(): readonly LedgerEntry[] {
    return this.#ledger;
  }

  /** By the id of an order, or of one of its parts. */
  find(id: string, kind: keyof typeof idKinds = 'order'): OrderState | null {
    return this.#live(indexOfId(idKinds[kind], this.front, id))?.order ?? null;
  }

  /** @returns the ids of what the action made. */
  act(order: OrderState, now: number, action: Action): readonly string[] {
    const live = this.#live(order.plan.index);
    if (!live) throw new RangeError('The order is not in this book.');
    goOn(live.order, now);
    const made = perform(live.order, action, now);
    live.actions.push({ at: now, action });
    this.#settle(live);
    return made;
  }

  /** An order beside the generated ones, now. */
  create(now: number, choices: PlanChoices): OrderState {
    if (this.front.goods.length === 0) throw new ShopRefusal(12_052_032, 'The shop has no goods.');
    const index = handMadeFrom + this.#handMade.length;
    return this.#add(this.#handMade, index, { ...choices, createdAt: now }).order;
  }

  /** Every order as it was at an instant, made again from plan and actions. */
  replay(at: number): readonly OrderState[] {
    return [...this.#generated, ...this.#handMade]
      .filter(({ order }) => order.plan.createdAt <= at)
      .map(({ order: { plan }, actions }) => {
        const order = startOrder(plan);
        for (const done of actions) {
          if (done.at > at) break;
          goOn(order, done.at);
          perform(order, done.action, done.at);
        }
        goOn(order, at);
        return order;
      });
  }

  /** Sorted once for each version: pages of one search follow each other. */
  #listing(): Listing {
    if (this.#listed.version !== this.#version) {
      const all = [...this.#generated, ...this.#handMade].map(({ order }) => order);
      this.#listed = {
        version: this.#version,
        byCreation: all.toSorted((one, other) => one.plan.createdAt - other.plan.createdAt),
        byUpdate: all.toSorted(
          (one, other) => one.updatedAt - other.updatedAt || (one.plan.id < other.plan.id ? -1 : 1),
        ),
      };
    }
    return this.#listed;
  }

  #live(index: number | null): Live | null {
    if (index === null) return null;
    if (index >= handMadeFrom) return this.#handMade[index - handMadeFrom] ?? null;
    return this.#generated[index] ?? null;
  }

  /** Nobody hears of what happened before the clock started. */
  #writeHistory(startsAt: number): void {
    let index = 0;
    for (; createdAtOf(this.front, index) <= startsAt; index += 1) {
      const order = startOrder(planOrder(this.front, index));
      goOn(order, startsAt);
      order.changes = [];
      const live: Live = { order, actions: [], wakeAt: Number.POSITIVE_INFINITY, settled: 0 };
      this.#generated.push(live);
      this.#settle(live);
    }
    this.#planCreation(index);
  }

  #planCreation(index: number): void {
    const createdAt = createdAtOf(this.front, index);
    if (!Number.isFinite(createdAt)) return;
    this.#agenda.at(new Date(createdAt * 1000), () => {
      if (createdAt > this.stopsAt) return;
      this.#add(this.#generated, index, {});
      this.#planCreation(index + 1);
    });
  }

  #add(to: Live[], index: number, choices: PlanChoices): Live {
    const order = startOrder(planOrder(this.front, index, choices));
    const live: Live = { order, actions: [], wakeAt: Number.POSITIVE_INFINITY, settled: 0 };
    to.push(live);
    this.#settle(live);
    return live;
  }

  /** After anything has happened to an order: tell, note its money, and plan what comes next. */
  #settle(live: Live): void {
    const { order } = live;
    this.#version += 1;
    for (; live.settled < order.transactions.length; live.settled += 1) {
      this.#ledger.push({ order, transaction: order.transactions[live.settled]! });
    }
    const { changes } = order;
    order.changes = [];
    for (const change of changes) this.#listener(order, change);
    const at = nextAt(order);
    if (at === live.wakeAt || !Number.isFinite(at)) return;
    live.wakeAt = at;
    this.#agenda.at(new Date(at * 1000), () => {
      if (live.wakeAt !== at) return;
      live.wakeAt = Number.POSITIVE_INFINITY;
      goOn(order, at);
      this.#settle(live);
    });
  }
}

export interface OrderGeneration {
  /** Orders of each shop within `days` before the clock's start; they go on coming at that pace. */
  readonly orders?: number;
  readonly days?: number;
}

/** The books of all shops of a world. */
export class OrderBooks {
  readonly #books: ReadonlyMap<string, OrderBook>;

  constructor(
    world: ShopWorld,
    { orders = 300, days = 60 }: OrderGeneration,
    { agenda, events }: { readonly agenda: Agenda; readonly events: ShopEvents },
  ) {
    const startsAt = Math.floor(world.startsAt.getTime() / 1000);
    this.#books = new Map(
      world.shops.map(({ id }, place) => {
        const front = createStorefront(world, place, { orders, days });
        const tell: Listener = (order, change) => {
          for (const event of eventsOf(id, order, change)) events.emit(event);
        };
        return [id, new OrderBook(front, startsAt, agenda, tell)];
      }),
    );
  }

  of(shopId: string): OrderBook {
    const book = this.#books.get(shopId);
    if (!book) throw new RangeError(`There is no shop ${shopId} in this world.`);
    return book;
  }
}
