/**
 * A world made of a seed: accounts in several zones and currencies, with ads, facts and their
 * later corrections.
 */
import { dayMs, hourMs } from '../calendar.ts';
import { answerTruth } from '../truth.ts';
import type { EntityLevel, ReportAnswer, ReportQuery, World, WorldEntity } from '../world.ts';
import type { GeneratedAccount } from './accounts.ts';
import { createAccount } from './accounts.ts';
import { conflictOf } from './cells.ts';
import { restatementOf, visibleUntil } from './facts.ts';
import { metrics } from './metrics.ts';
import { entitiesAt } from './records.ts';
import { answerReport, lagOf } from './report.ts';
import type { Tree } from './tree.ts';
import { growTree } from './tree.ts';

export interface GeneratedWorldOptions {
  readonly seed: number;
  readonly accounts: number;
  /** Of each account. */
  readonly ads: number;
  /**
   * Whole days of facts before the day of `startsAt`, in the account's zone; facts go on as the
   * clock does.
   */
  readonly days: number;
  /** Where the world's clock starts; an instant after the autumn changes of 2026 unless given. */
  readonly startsAt?: Date;
}

/** One account with all that reports and truth need. */
export interface GeneratedPart {
  readonly account: GeneratedAccount;
  readonly tree: Tree;
  readonly firstHour: number;
}

const defaultStart = new Date('2026-11-24T09:40:00Z');

/**
 * Plans that are kept: pages of one pull follow each other, and a few pulls run beside each other.
 */
const plansMax = 64;
const planWeightMax = 600_000;

/** A world made of a seed. The same options give the same world in every process. */
export function createGeneratedWorld(options: GeneratedWorldOptions): World {
  const startsAt = options.startsAt ?? defaultStart;
  const parts = new Map<string, GeneratedPart>();
  for (let index = 0; index < options.accounts; index += 1) {
    const part = createPart(options, index, startsAt);
    parts.set(part.account.advertiserId, part);
  }
  const partOf = (advertiserId: string): GeneratedPart => {
    const part = parts.get(advertiserId);
    if (part === undefined) throw new RangeError(`no account ${advertiserId} in this world`);
    return part;
  };
  return {
    accounts: [...parts.values()].map(({ account }) => ({
      advertiserId: account.advertiserId,
      name: account.profile.name,
      timeZone: account.profile.timeZone,
      currency: account.profile.currency,
      record: account.record,
    })),
    startsAt,
    metricNames: new Set(metrics.keys()),
    conflict: conflictOf,
    entities: rememberEntities((level, advertiserId, now) =>
      entitiesAt(partOf(advertiserId).tree, level, advertiserId, now),
    ),
    report: rememberPlans((query, now) => {
      const { account, tree, firstHour } = partOf(query.advertiserId);
      return answerReport(account, tree, firstHour, query, now);
    }, partOf),
    truth: (question, now) => answerTruth(partOf(question.advertiserId), question, now),
  };
}

function createPart(options: GeneratedWorldOptions, index: number, startsAt: Date): GeneratedPart {
  const createdAt = new Date(startsAt.getTime() - (options.days + 90) * dayMs);
  const account = createAccount(options.seed, index, createdAt);
  const { calendar } = account;
  const firstHour = calendar.firstHourOf(calendar.dayAt(startsAt) - options.days);
  const tree = growTree(account, options.ads, {
    firstHour,
    firstMs: firstHour * hourMs + calendar.phaseMs,
    startsMs: startsAt.getTime(),
  });
  return { account, tree, firstHour };
}

type Entities = World['entities'];

/** Entities change on whole minutes only, so one listing serves all its pages. */
function rememberEntities(entities: Entities): Entities {
  const known = new Map<string, readonly WorldEntity[]>();
  return (level: EntityLevel, advertiserId, now) => {
    const key = `${level} ${advertiserId} ${Math.floor(now.getTime() / 60_000)}`;
    let listing = known.get(key);
    if (listing === undefined) {
      listing = entities(level, advertiserId, now);
      known.set(key, listing);
      if (known.size > 12) known.delete(known.keys().next().value!);
    }
    return listing;
  };
}

/**
 * An answer holds until an hour becomes known, 12:00 UTC passes, or an entity of the account
 * appears or goes.
 */
function rememberPlans(
  report: (query: ReportQuery, now: Date) => ReportAnswer & { readonly weight: number },
  partOf: (advertiserId: string) => GeneratedPart,
): World['report'] {
  const known = new Map<string, ReportAnswer & { readonly weight: number }>();
  let weight = 0;
  const forget = (key: string) => {
    weight -= known.get(key)?.weight ?? 0;
    known.delete(key);
  };
  return (query, now) => {
    const { account, tree } = partOf(query.advertiserId);
    const visible = visibleUntil(account.calendar.phaseMs, now, lagOf(query));
    const changes = passed(tree.changes, now.getTime());
    const key = JSON.stringify([query, visible, restatementOf(now), changes]);
    const answer = known.get(key) ?? report(query, now);
    forget(key);
    known.set(key, answer);
    weight += answer.weight;
    while (known.size > 1 && (known.size > plansMax || weight > planWeightMax)) {
      forget(known.keys().next().value!);
    }
    return answer;
  };
}

/** How many of the ascending instants have passed. */
function passed(instants: readonly number[], nowMs: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instants[middle]! <= nowMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
