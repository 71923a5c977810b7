/** Asking the workflow server while a person waits: bounded, and with errors that say what to do. */
import { HubError } from '../policy/errors.ts';
import { within } from './deadline.ts';

/** Temporal's client goes on trying for much longer when its server is gone. */
const answerWithinMs = 10_000;
const late = Symbol('late');

/** Throws `STATE_CONFLICT` when the workflow is over, `WORKFLOWS_UNREACHABLE` when nobody answers. */
export async function askWorkflows<T>(request: Promise<T>, ms = answerWithinMs): Promise<T> {
  const answer = await within(request, ms, late).catch((cause: unknown) => {
    if (cause instanceof HubError) throw cause;
    // By name: the API knows nothing of Temporal's classes.
    if (cause instanceof Error && cause.name === 'WorkflowNotFoundError') {
      throw new HubError('STATE_CONFLICT', 'This is over already; begin again.', { cause });
    }
    throw unreachable(cause);
  });
  if (answer === late) throw unreachable();
  return answer as T;
}

const unreachable = (cause?: unknown): HubError =>
  new HubError('WORKFLOWS_UNREACHABLE', 'Try again in a minute; /readyz names what is missing.', {
    retryAfterMs: 60_000,
    cause,
  });
