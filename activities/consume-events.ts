/**
 * Acts on what TikTok sent. An event is first matched with every connection of its account and sealed anew for each;
 * then each delivery is acted on. All state is in rows: whoever is killed is followed by one who does the step again,
 * and every step may be done twice.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { EventChange, ReceivedEvent, WebhookReader } from '../connectors/webhook.ts';
import { type Keyring, keyId } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import { sealContexts } from '../policy/seals.ts';
import type { Delivery, TakenEvent } from '../registry/events/events.ts';
import type { Connection, Registry } from '../registry/registry.ts';
import type { WorkflowStarter } from '../workflows/starter.ts';
import { actOnDeliveries } from './act-on-events.ts';
import type { UnexpectedErrorLog } from './failures.ts';
import { openIdIndex } from './open-id-index.ts';

export interface ConsumeEventsDeps {
  readonly registry: Registry;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly webhooks: readonly WebhookReader[];
  readonly starter: Pick<WorkflowStarter, 'revokeConnection'>;
  /** Both may hear of one event twice. */
  readonly onOrdersChanged: (connectionId: string, changed: OrdersChanged) => Promise<void>;
  readonly onProductsChanged: (connectionId: string, changed: ProductsChanged) => Promise<void>;
  readonly log?: UnexpectedErrorLog;
}

export interface OrdersChanged {
  readonly orderIds: readonly string[];
  readonly eventIds: readonly string[];
}

export interface ProductsChanged {
  readonly productIds: readonly string[];
  readonly eventIds: readonly string[];
}

export interface EventConsumer {
  /** Until nothing is due, or `stopped`. Returns how many steps were done. */
  consume(stopped: AbortSignal): Promise<number>;
}

const batchMax = 250;
/** Events that are opened in one go: answers to TikTok must not wait for longer. */
const openedAtOnce = 16;
/** A consent may be on its way when its first events come: so long an event looks for its connection. */
const searchMs = 30 * 60_000;
const searchAgainMs = 60_000;
/** For whoever reads the task; the event itself is gone after seven days. */
const unmatchedTaskMs = 3 * 86_400_000;

export function createEventConsumer(deps: ConsumeEventsDeps): EventConsumer {
  const { events } = deps.registry;
  return {
    async consume(stopped) {
      let handled = 0;
      while (!stopped.aborted) {
        const taken = await events.take(batchMax);
        if (taken.length === 0) break;
        await matchAll(
          deps,
          taken.filter(({ connectionId }) => connectionId === null),
        );
        await actOnDeliveries(
          deps,
          taken.filter(({ connectionId }) => connectionId !== null),
        );
        handled += taken.length;
      }
      return handled;
    },
  };
}

interface Opened {
  readonly taken: TakenEvent;
  readonly event: ReceivedEvent;
  readonly targets: readonly Connection[];
}

async function matchAll(deps: ConsumeEventsDeps, taken: readonly TakenEvent[]): Promise<void> {
  const { registry, keyring, clock } = deps;
  if (taken.length === 0) return;
  const opened = await withTargets(deps, await openAll(deps, taken));
  const day = await keyring.ensure('day', clock.now().toISOString().slice(0, 10));
  const deliveries: Delivery[] = [];
  const without = new Map<string, string[]>();
  const note = (outcome: string, id: string) =>
    without.set(outcome, [...(without.get(outcome) ?? []), id]);
  const search: string[] = [];
  for (const [index, one] of opened.entries()) {
    await breathe(index);
    const { taken: event, targets } = one;
    const isLast = !mayReachMore(one, clock.now());
    const sealed = await Promise.all(
      targets.map((target) => sealFor(deps, event, one.event.kept, target, { day, isLast })),
    );
    const reached = sealed.filter((delivery) => delivery !== undefined);
    deliveries.push(...reached);
    if (!isLast) search.push(event.id);
    else if (reached.length === 0) note(await withoutTarget(deps, one), event.id);
  }
  await registry.events.match(deliveries);
  for (const [outcome, ids] of without) await registry.events.done(ids, outcome);
  const again = new Date(clock.now().getTime() + searchAgainMs);
  await registry.events.postpone(search, again, 'searching');
}

/** What cannot be opened or read any more is set aside; the rest comes with what it says. */
async function openAll(deps: ConsumeEventsDeps, taken: readonly TakenEvent[]) {
  const opened: { taken: TakenEvent; event: ReceivedEvent }[] = [];
  for (const [index, one] of taken.entries()) {
    await breathe(index);
    const event = await openEvent(deps, one);
    if (typeof event === 'string') await deps.registry.events.setAside([one.id], event);
    else opened.push({ taken: one, event });
  }
  return opened;
}

/** Opening and sealing never wait for anything, so a long row of them would keep everything else waiting. */
export async function breathe(index: number): Promise<void> {
  if (index % openedAtOnce === openedAtOnce - 1) await setImmediate();
}

/** The event, or why there is none. */
export async function openEvent(
  { keyring, webhooks }: Pick<ConsumeEventsDeps, 'keyring' | 'webhooks'>,
  { id, source, sealedBody }: TakenEvent,
): Promise<ReceivedEvent | 'no-reader' | 'malformed' | 'key-gone' | 'seal-broken'> {
  const reader = webhooks.find((one) => one.source === source);
  if (reader === undefined || sealedBody === null) return 'no-reader';
  try {
    const reading = reader.read(await keyring.unseal(sealedBody, sealContexts.eventBody(id)));
    return 'event' in reading ? reading.event : 'malformed';
  } catch (error) {
    if (error instanceof HubError && error.code === 'KEY_GONE') return 'key-gone';
    if (error instanceof HubError && error.code === 'SEAL_BROKEN') return 'seal-broken';
    throw error;
  }
}

/** Every connection of the account, in whatever workspace. */
async function withTargets(
  { registry, keyring }: ConsumeEventsDeps,
  opened: readonly Omit<Opened, 'targets'>[],
): Promise<Opened[]> {
  const idsOf = (kind: 'shop' | 'open-id') => [
    ...new Set(
      opened.flatMap(({ event }) => (event.account?.kind === kind ? [event.account.id] : [])),
    ),
  ];
  const shops = Map.groupBy(
    await registry.connections.ofAccounts('tiktok-shop', idsOf('shop')),
    ({ accountId }) => accountId,
  );
  const people = new Map<string, Connection[]>();
  for (const id of idsOf('open-id')) {
    people.set(id, await registry.connections.ofOpenId(await openIdIndex(keyring, id)));
  }
  return opened.map((one) => {
    const { account } = one.event;
    const found =
      account === null ? [] : (account.kind === 'shop' ? shops : people).get(account.id);
    return { ...one, targets: found ?? [] };
  });
}

/**
 * A consent and the end of one may cross: what finds no open connection looks again for half an hour, in which the
 * consent that is on its way becomes a connection.
 */
function mayReachMore({ taken, event, targets }: Opened, now: Date): boolean {
  if (isLoggedOnly(event)) return false;
  const isOpen = targets.some(({ state }) => state === 'active' || state === 'paused');
  if (isOpen || (targets.length > 0 && !endsAuthorisation(event.change))) return false;
  return now.getTime() - taken.receivedAt.getTime() < searchMs;
}

const endsAuthorisation = ({ kind }: EventChange): boolean => kind === 'authorisation-ended';

/** Without an account; of a creator, whom no connection here stands for unless the `open_id` says so; our own revoke. */
const isLoggedOnly = ({ account, name, change }: ReceivedEvent): boolean =>
  account === null ||
  name === 'creator-deauthorization' ||
  (change.kind === 'authorisation-ended' && change.reason === 5);

async function sealFor(
  { keyring }: ConsumeEventsDeps,
  taken: TakenEvent,
  kept: Uint8Array,
  { id: connectionId }: Connection,
  { day, isLast }: { day: string; isLast: boolean },
): Promise<Delivery | undefined> {
  const id = randomUUID();
  const key = keyId('connection', connectionId);
  try {
    const sealedBody = await keyring.seal([key, day], sealContexts.eventBody(id), kept);
    return { eventId: taken.id, id, connectionId, sealedBody, isLast };
  } catch (error) {
    // Its erasure has begun: there is nothing left to tell it.
    if (error instanceof HubError && error.code === 'KEY_GONE') return undefined;
    throw error;
  }
}

/** Nobody here is meant. A person looks at it, unless it was to be expected. */
async function withoutTarget(
  { registry, clock }: ConsumeEventsDeps,
  { taken, event, targets }: Opened,
): Promise<string> {
  if (targets.length > 0) return 'erased';
  if (isLoggedOnly(event)) return 'logged';
  await registry.tasks.open({
    kind: 'event-unmatched',
    subjectId: taken.subject,
    dueAt: new Date(clock.now().getTime() + unmatchedTaskMs),
    details: { source: taken.source, event: taken.kind, eventId: taken.id },
  });
  return 'unmatched';
}
