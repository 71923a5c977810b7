/** Audits of products: they take minutes of the sandbox's clock, and some fail. */
import { hash } from '../../generator/hash.ts';
import type { Agenda } from '../agenda.ts';
import type { ShopEvents } from '../events.ts';
import type { AuditStatus, Product, ProductStatus, ShopWorld } from '../world.ts';
import { auditRecord } from './product-record.ts';

const minuteMs = 60_000;
const shortestMinutes = 2;
const spreadMinutes = 9;
const statusChange = 5;
const informationChange = 15;
const creation = 16;
const auditChange = 37;

/** Who changed a product, as webhooks say it. */
export type ChangeSource = 'SELLER_CENTER' | 'OPEN_API';

export class Audits {
  readonly #world: ShopWorld;
  readonly #agenda: Agenda;
  readonly #events: ShopEvents;
  /** Of a hundred audits so many fail. */
  failurePercent = 10;

  constructor(world: ShopWorld, agenda: Agenda, events: ShopEvents) {
    this.#world = world;
    this.#agenda = agenda;
    this.#events = events;
  }

  /** The generated products whose audit runs when the clock starts. */
  resume(): void {
    for (const shop of this.#world.shops) {
      for (const product of this.#world.productsOf(shop.id)) {
        if (product.audit === 'AUDITING') this.#plan(product, this.#world.startsAt);
      }
    }
  }

  start(product: Product, at: Date): void {
    product.auditFailedReasons = [];
    this.#setAudit(product, 'AUDITING', at);
    this.#plan(product, at);
  }

  /** The end of an audit. What waited for it goes on sale, or does not. */
  settle(product: Product, outcome: 'APPROVED' | 'FAILED' | 'PRE_APPROVED', at: Date): void {
    const first = product.status === 'PENDING';
    product.auditNumber += 1;
    if (outcome === 'APPROVED' && product.underReview) product.content = product.underReview;
    if (outcome !== 'PRE_APPROVED') product.underReview = null;
    product.auditFailedReasons = outcome === 'FAILED' ? ['The main image shows a price.'] : [];
    this.#setAudit(product, outcome, at);
    if (first && outcome !== 'PRE_APPROVED') {
      const status = outcome === 'APPROVED' ? 'ACTIVATE' : 'FAILED';
      const said = outcome === 'APPROVED' ? 'PRODUCT_FIRST_PASS_REVIEW' : 'PRODUCT_AUDIT_FAILURE';
      this.setStatus(product, status, at, said);
    } else if (outcome === 'FAILED') {
      this.setStatus(product, product.status, at, 'PRODUCT_AUDIT_FAILURE');
    }
  }

  setStatus(
    product: Product,
    status: ProductStatus,
    at: Date,
    said = 'PRODUCT_STATUS_CHANGED',
  ): void {
    product.status = status;
    this.#emit(statusChange, product, at, {
      product_id: BigInt(product.id),
      status: said,
      suspended_reason: status === 'FREEZE' ? 'Violation of a policy' : '',
      update_time: this.#touch(product, at),
    });
  }

  tellCreation(product: Product, at: Date): void {
    const data = { product_id: BigInt(product.id), product_types: ['NORMAL'] };
    this.#emit(creation, product, at, { ...data, update_time: this.#touch(product, at) });
  }

  tellChange(
    product: Product,
    at: Date,
    fields: readonly string[],
    source: ChangeSource = 'OPEN_API',
  ): void {
    this.#touch(product, at);
    const data = { product_id: product.id, change_source: source, changed_fields: fields };
    this.#emit(informationChange, product, at, data);
  }

  #plan(product: Product, at: Date): void {
    product.auditNumber += 1;
    const number = product.auditNumber;
    const mixed = hash(Number(BigInt(product.id) % 1_000_000_007n), number, this.#world.seed);
    const minutes = shortestMinutes + (mixed % spreadMinutes);
    this.#agenda.at(new Date(at.getTime() + minutes * minuteMs), (due) => {
      if (product.auditNumber !== number || product.audit !== 'AUDITING') return;
      const fails = Math.floor(mixed / spreadMinutes) % 100 < this.failurePercent;
      this.settle(product, fails ? 'FAILED' : 'APPROVED', due);
    });
  }

  #setAudit(product: Product, audit: AuditStatus, at: Date): void {
    product.audit = audit;
    const update_time = this.#touch(product, at);
    const data = { product_id: BigInt(product.id), audit: auditRecord(product), update_time };
    this.#emit(auditChange, product, at, data);
  }

  #touch(product: Product, at: Date): number {
    product.updatedAt = Math.floor(at.getTime() / 1000);
    return product.updatedAt;
  }

  #emit(type: number, product: Product, at: Date, data: Readonly<Record<string, unknown>>): void {
    this.#events.emit({ type, shopId: product.shopId, at, data });
  }
}
