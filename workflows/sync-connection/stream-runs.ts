import {
  CancellationScope,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setHandler,
} from '@temporalio/workflow';
import type { Window } from '../../policy/windows.ts';
import type { StreamProgress } from '../starter.ts';
import {
  giveWaySignal,
  type SyncStreamResult,
  syncStreamId,
  syncStreamType,
} from '../sync-stream/contract.ts';
import {
  type ConnectionReading,
  progressQuery,
  type StreamReading,
  type SyncConnectionInput,
  type SyncProgress,
} from './contract.ts';
import type { Signals } from './signals.ts';

/** Streams of one connection under way: they take turns, so that pulls of one overlap with loads of another. */
const streamsInFlight = 8;
/** What a person or an event waits for does not wait for the windows of a backfill that are under way. */
const waitedForInFlight = 16;
const waitedForPriority = 2;
/** After failed or moving windows a stream rests: TikTok's corrections and outages last minutes. */
const restMs = 10 * 60_000;
/** Brings the zone in which all other windows are meant: nothing else is pulled before. */
const accountStream = 'advertisers';

/** Which streams run, rest, or may not: the memory of `sync-connection` between readings. */
export class StreamRuns {
  readonly #connectionId: string;
  readonly #signals: Signals;
  readonly #running = new Map<string, Promise<void>>();
  readonly #restsUntilMs = new Map<string, number>();
  readonly #skips: Map<string, readonly Window[]>;
  readonly #notAuthorised: Set<string>;
  readonly #outcomes = new Map<string, StreamProgress['state']>();
  readonly #startOrder: string[] = [];
  /** Ran when a person asked again: what they end with was asked for before, and is tried once more. */
  #askedAgain = new Set<string>();
  #endings: SyncStreamResult['outcome'][] = [];
  #scope = new CancellationScope();

  constructor(connectionId: string, carried: SyncConnectionInput['carried'], signals: Signals) {
    this.#connectionId = connectionId;
    this.#signals = signals;
    this.#skips = new Map(Object.entries(carried?.skips ?? {}));
    this.#notAuthorised = new Set(carried?.notAuthorised);
    setHandler(progressQuery, () => this.#progress());
  }

  startDue(reading: ConnectionReading): void {
    for (const { stream, priority } of this.#due(reading)) {
      const most = (priority ?? 9) <= waitedForPriority ? waitedForInFlight : streamsInFlight;
      if (this.#running.size >= most) return;
      this.#running.set(
        stream,
        this.#scope.run(() => this.#run(stream, reading.epoch)),
      );
    }
  }

  /** Cancels what runs and waits for it: a window is loaded whole or not at all. */
  async stop(): Promise<void> {
    this.#scope.cancel();
    await this.finish();
    this.#scope = new CancellationScope();
  }

  async finish(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** A person asks again: what rested or was refused is tried once more. */
  forgive(): void {
    this.#restsUntilMs.clear();
    this.#skips.clear();
    this.#notAuthorised.clear();
    this.#askedAgain = new Set(this.#running.keys());
  }

  /** What runs ends with the windows under way, so that the best of what is due comes next. */
  async giveWay(): Promise<void> {
    const signals = [...this.#running.keys()].map((stream) =>
      getExternalWorkflowHandle(syncStreamId(this.#connectionId, stream)).signal(giveWaySignal),
    );
    // One that has ended meanwhile has given way.
    await Promise.allSettled(signals);
  }

  takeEndings(): readonly SyncStreamResult['outcome'][] {
    const endings = this.#endings;
    this.#endings = [];
    return endings;
  }

  restEndsInMs(): number {
    return Math.max(1_000, Math.min(...this.#restsUntilMs.values()) - Date.now());
  }

  carry(): SyncConnectionInput['carried'] {
    return { notAuthorised: [...this.#notAuthorised], skips: Object.fromEntries(this.#skips) };
  }

  /** Best priority first; among equals the one that has waited longest. */
  #due({ timeZone, streams }: ConnectionReading): StreamReading[] {
    for (const [stream, untilMs] of this.#restsUntilMs) {
      if (untilMs <= Date.now()) this.#restsUntilMs.delete(stream);
    }
    const lastStart = ({ stream }: StreamReading) => this.#startOrder.lastIndexOf(stream);
    return streams
      .filter(
        ({ stream, authorised, priority }) =>
          authorised &&
          priority !== null &&
          (timeZone !== null || stream === accountStream) &&
          !this.#running.has(stream) &&
          !this.#restsUntilMs.has(stream) &&
          !this.#notAuthorised.has(stream),
      )
      .sort((a, b) => (a.priority ?? 9) - (b.priority ?? 9) || lastStart(a) - lastStart(b));
  }

  async #run(stream: string, epoch: number): Promise<void> {
    const order = this.#startOrder;
    if (order.includes(stream)) order.splice(order.indexOf(stream), 1);
    order.push(stream);
    try {
      const result: SyncStreamResult = await executeChild(syncStreamType, {
        workflowId: syncStreamId(this.#connectionId, stream),
        args: [{ connectionId: this.#connectionId, epoch, stream, skip: this.#skips.get(stream) }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
      this.#ended(stream, result);
    } catch (error) {
      if (!isCancellation(error)) this.#rest(stream, 'failed');
    } finally {
      this.#running.delete(stream);
      this.#signals.woken = true;
    }
  }

  #ended(stream: string, { outcome, failed, skip }: SyncStreamResult): void {
    this.#outcomes.set(stream, failed > 0 ? 'failed' : 'idle');
    this.#endings.push(outcome);
    if (this.#askedAgain.delete(stream)) return;
    if (outcome === 'more') {
      this.#skips.set(stream, skip);
      return;
    }
    this.#skips.delete(stream);
    if (outcome === 'not-authorised') this.#notAuthorised.add(stream);
    else if (skip.length > 0 || outcome !== 'idle') this.#rest(stream, this.#outcomes.get(stream)!);
  }

  #rest(stream: string, outcome: StreamProgress['state']): void {
    this.#outcomes.set(stream, outcome);
    this.#restsUntilMs.set(stream, Date.now() + restMs);
  }

  #progress(): SyncProgress {
    const { reading } = this.#signals;
    const state = ({ stream, authorised, priority }: StreamReading): StreamProgress['state'] => {
      if (!authorised || this.#notAuthorised.has(stream)) return 'not-authorised';
      if (this.#running.has(stream)) return 'pulling';
      if (this.#outcomes.get(stream) === 'failed') return 'failed';
      return priority === null ? 'idle' : 'waiting';
    };
    return {
      state: reading === null || reading.state === 'active' ? 'running' : reading.state,
      streams: (reading?.streams ?? []).map((s) => ({ stream: s.stream, state: state(s) })),
    };
  }
}
