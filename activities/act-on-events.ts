/** What each event of a connection leads to. */
import type { ReceivedEvent } from '../connectors/webhook.ts';
import { HubError } from '../policy/errors.ts';
import type { TakenEvent } from '../registry/events/events.ts';
import type { Authorisation, Connection } from '../registry/registry.ts';
import { breathe, type ConsumeEventsDeps, openEvent } from './consume-events.ts';

/** So many attempts at something that fails for an unknown reason, about eight minutes. */
const attemptsMax = 8;
const retryMsMin = 1_000;
const retryMsMax = 300_000;
/** What comes back of our own revoke call. */
const echoMs = 24 * 3_600_000;
/** TikTok's times are whole seconds, rounded down. */
const secondMs = 1_000;
const failedTaskMs = 86_400_000;

/** Connections beside each other; the events of one in the order in which they came. */
export async function actOnDeliveries(
  deps: ConsumeEventsDeps,
  taken: readonly TakenEvent[],
): Promise<void> {
  const byConnection = Map.groupBy(taken, ({ connectionId }) => connectionId!);
  await Promise.all(
    [...byConnection].map(([connectionId, events]) => actForConnection(deps, connectionId, events)),
  );
}

async function actForConnection(
  deps: ConsumeEventsDeps,
  connectionId: string,
  taken: readonly TakenEvent[],
): Promise<void> {
  const { registry } = deps;
  const outcomes = new Map<string, string[]>();
  const note = (outcome: string, id: string) =>
    outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), id]);
  const orders = new Gathered();
  const products = new Gathered();
  let rest: readonly TakenEvent[] = taken;
  try {
    for (const [index, one] of taken.entries()) {
      rest = taken.slice(index);
      await breathe(index);
      const event = await openEvent(deps, one);
      if (typeof event === 'string') note(event, one.id);
      else if (event.change.kind === 'orders') orders.add(event.change.orderIds, one.id);
      else if (event.change.kind === 'products') products.add(event.change.productIds, one.id);
      else note(await act(deps, connectionId, event), one.id);
    }
    rest = taken.filter(({ id }) => orders.has(id) || products.has(id));
    await refresh(deps, connectionId, orders, products, note);
  } catch (error) {
    await failed(deps, rest, error);
  }
  for (const [outcome, ids] of outcomes) await registry.events.done(ids, outcome);
}

/** What several events ask of one connection is asked once. */
class Gathered {
  readonly ids = new Set<string>();
  readonly eventIds = new Set<string>();

  add(ids: readonly string[], eventId: string): void {
    for (const id of ids) this.ids.add(id);
    this.eventIds.add(eventId);
  }

  has(eventId: string): boolean {
    return this.eventIds.has(eventId);
  }
}

/** A paused connection is left alone: its poll finds the changes when it goes on. */
async function refresh(
  deps: ConsumeEventsDeps,
  connectionId: string,
  orders: Gathered,
  products: Gathered,
  note: (outcome: string, id: string) => void,
): Promise<void> {
  if (orders.ids.size + products.ids.size === 0) {
    for (const id of [...orders.eventIds, ...products.eventIds]) note('nothing-named', id);
    return;
  }
  const state = (await deps.registry.connections.find(connectionId))?.state ?? 'ended';
  if (state === 'active') {
    if (orders.ids.size > 0) {
      const eventIds = [...orders.eventIds];
      await deps.onOrdersChanged(connectionId, { orderIds: [...orders.ids], eventIds });
    }
    if (products.ids.size > 0) {
      const eventIds = [...products.eventIds];
      await deps.onProductsChanged(connectionId, { productIds: [...products.ids], eventIds });
    }
  }
  for (const id of [...orders.eventIds, ...products.eventIds]) {
    note(state === 'active' ? 'acted' : state, id);
  }
}

/** Returns in one word what was done. */
async function act(
  deps: ConsumeEventsDeps,
  connectionId: string,
  event: ReceivedEvent,
): Promise<string> {
  const { registry } = deps;
  const { change, sentAt } = event;
  const connection = await registry.connections.find(connectionId);
  if (connection === undefined || connection.state === 'ended') return 'ended';
  if (change.kind === 'authorisation-expiring') {
    await registry.tasks.open({
      kind: 'authorisation-expires',
      subjectId: connection.authorisationId,
      dueAt: change.expiresAt,
      details: { connectionId },
    });
    return 'noticed';
  }
  if (change.kind !== 'authorisation-ended') return 'of-no-concern';
  const authorisation = await registry.authorisations.find(connection.authorisationId);
  const why = notMeant(change.reason, sentAt, authorisation);
  if (why !== undefined) return why;
  await endConnection(deps, connection, change.reason);
  return 'acted';
}

/** Why the end of an authorisation is logged only. */
function notMeant(
  reason: number | null,
  sentAt: Date,
  authorisation: Authorisation | undefined,
): 'echo' | 'older-than-consent' | undefined {
  if (reason === 5) return 'echo';
  if (authorisation === undefined) return undefined;
  const { createdAt, revokeCalledAt } = authorisation;
  const sinceCallMs = revokeCalledAt && sentAt.getTime() - revokeCalledAt.getTime();
  if (sinceCallMs !== null && sinceCallMs > -secondMs && sinceCallMs <= echoMs) return 'echo';
  return sentAt.getTime() + secondMs <= createdAt.getTime() ? 'older-than-consent' : undefined;
}

/** TikTok's word: fenced now, and erased with no further wait. */
async function endConnection(
  { registry, starter, clock, log }: ConsumeEventsDeps,
  { id }: Connection,
  reason: number | null,
): Promise<void> {
  const now = clock.now();
  await registry.fence.revoke(id, { cause: 'tiktok', eraseDueAt: now });
  if (reason === 3) await registry.tasks.open({ kind: 'age-changed', subjectId: id, dueAt: now });
  // The obligation is written: where Temporal is away, the reconciler starts it.
  await starter.revokeConnection(id).catch((error: unknown) => log?.('revokeConnection', error));
}

async function failed(
  { registry, clock, log }: ConsumeEventsDeps,
  taken: readonly TakenEvent[],
  error: unknown,
): Promise<void> {
  const code = error instanceof HubError ? error.code : 'UNEXPECTED';
  if (!(error instanceof HubError)) log?.('consumeEvents', error);
  const now = clock.now().getTime();
  for (const { id, attempts, kind } of taken) {
    if (!isPatient(error) && attempts + 1 >= attemptsMax) {
      await registry.events.setAside([id], code);
      const dueAt = new Date(now + failedTaskMs);
      const details = { event: kind, code };
      await registry.tasks.open({ kind: 'event-failed', subjectId: id, dueAt, details });
      continue;
    }
    const waitMs = Math.min(retryMsMin * 2 ** attempts, retryMsMax);
    await registry.events.postpone([id], new Date(now + waitMs), code);
  }
}

/** Waiting for a server that is away is no fault. */
const isPatient = (error: unknown): boolean => error instanceof HubError && error.retryable;
