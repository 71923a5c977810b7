import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';

/** The stable code of a failed activity; an activity that ran out of time has one too. */
export function failureCode(error: unknown): string | undefined {
  if (error instanceof ChildWorkflowFailure) return failureCode(error.cause);
  if (error instanceof ApplicationFailure) return error.type ?? 'UNEXPECTED';
  if (!(error instanceof ActivityFailure)) return undefined;
  if (error.cause instanceof ApplicationFailure) return failureCode(error.cause);
  return 'ACTIVITY_TIMED_OUT';
}
