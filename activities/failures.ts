/** The one place where errors become Temporal failures, and where every activity gets its heartbeat. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { HubError } from '../policy/errors.ts';

/** After so many attempts (about five minutes of growing waits) a fault is reported instead of waited for. */
const attemptsMax = 8;
/** Waiting for these is no fault: a day's quota ends at midnight, a revocation takes as long as it takes. */
const patientCodes: readonly string[] = [
  'QUOTA_PAUSED',
  'TIKTOK_RATE_LIMITED',
  'TIKTOK_MAINTENANCE',
  'AUTHORISATION_RENEWING',
  'REVOCATION_PENDING',
  'FENCE_UNAVAILABLE',
  'REGISTRY_UNAVAILABLE',
];
/** A person has to act, so it is told each time, though it is tried again. */
const toldCodes: readonly string[] = ['DISK_FULL'];
/** Far below the heartbeat timeout of the workflows' options. */
const heartbeatMs = 4_000;

/** `type` is the stable code; messages of errors that are not ours stay out of the history. */
export function asFailure(error: unknown, attempt: number): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (!(error instanceof HubError)) {
    return ApplicationFailure.create({
      type: 'UNEXPECTED',
      message: `Unexpected ${error instanceof Error ? error.name : typeof error}: see the log.`,
      nonRetryable: attempt >= attemptsMax,
    });
  }
  const patient = patientCodes.includes(error.code);
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: !error.retryable || (attempt >= attemptsMax && !patient),
    ...(error.retryAfterMs !== undefined && { nextRetryDelay: Math.max(1, error.retryAfterMs) }),
  });
}

/** What a worker tells of failures that have no code, or that a person has to end: the text stays inside the process. */
export type UnexpectedErrorLog = (activity: string, error: unknown) => void;

/** Wraps each activity: heartbeats while it runs, failures by `asFailure`, cancellation as it came. */
export function guarded<A extends object>(activities: A, log: UnexpectedErrorLog = () => {}): A {
  const wrap = (name: string, activity: (input: unknown) => Promise<unknown>) => {
    return async (input: unknown): Promise<unknown> => {
      const context = Context.current();
      const heart = setInterval(() => context.heartbeat(), heartbeatMs);
      try {
        return await activity(input);
      } catch (error) {
        if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
        if (!(error instanceof HubError) || toldCodes.includes(error.code)) log(name, error);
        throw asFailure(error, context.info.attempt);
      } finally {
        clearInterval(heart);
      }
    };
  };
  // Each value keeps its own signature: only what surrounds the call is added.
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [name, wrap(name, activity)]),
  ) as A;
}
