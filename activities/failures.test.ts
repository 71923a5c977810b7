import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { HubError } from '../policy/errors.ts';
import { asFailure, guarded } from './failures.ts';

test('the code, whether to try again, and when', () => {
  const paused = new HubError('QUOTA_PAUSED', 'TikTok asked to wait.', { retryAfterMs: 5_000 });
  expect(asFailure(paused, 100)).toMatchObject({
    type: 'QUOTA_PAUSED',
    nonRetryable: false,
    nextRetryDelay: 5_000,
  });
  const dead = new HubError('AUTHORISATION_DEAD', 'TikTok does not know the token.');
  expect(asFailure(dead, 1)).toMatchObject({ type: 'AUTHORISATION_DEAD', nonRetryable: true });
});

test('a fault is waited for only so long', () => {
  const fault = new HubError('TIKTOK_UNAVAILABLE', 'TikTok failed.');
  expect(asFailure(fault, 1).nonRetryable).toBe(false);
  expect(asFailure(fault, 8).nonRetryable).toBe(true);
});

test('texts of errors that are not ours stay inside the process', async () => {
  const told: unknown[] = [];
  const { fail } = guarded(
    { fail: () => Promise.reject(new Error('canary of a row')) },
    (activity, error) => told.push([activity, (error as Error).message]),
  );
  const failure = await new MockActivityEnvironment().run(fail).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect((failure as ApplicationFailure).type).toBe('UNEXPECTED');
  expect((failure as ApplicationFailure).message).not.toContain('canary');
  expect(told).toEqual([['fail', 'canary of a row']]);
});

test('a full disk is told, since a person has to free space', async () => {
  const told: unknown[] = [];
  const full = new HubError('DISK_FULL', 'The disk is full. Free space.', { retryAfterMs: 60_000 });
  const busy = new HubError('TIKTOK_UNAVAILABLE', 'TikTok failed.');
  for (const error of [busy, full]) {
    const { fail } = guarded({ fail: () => Promise.reject(error) }, (_, one) => told.push(one));
    const failure = await new MockActivityEnvironment().run(fail).catch((one: unknown) => one);
    expect(failure).toMatchObject({ type: error.code, nonRetryable: false });
  }
  expect(told).toEqual([full]);
});

test('a cancelled activity is cancelled, whatever it threw', async () => {
  const environment = new MockActivityEnvironment();
  const { work } = guarded({
    work: async () => {
      environment.cancel();
      throw new HubError('TIKTOK_UNREACHABLE', 'The call was aborted.');
    },
  });
  await expect(environment.run(work)).rejects.toBeInstanceOf(CancelledFailure);
});
