import { describe, expect, test } from 'vitest';
import { pauseMs, RateLimitReader, redacted, refusalError } from './errors.ts';

const noon = Date.parse('2026-11-24T12:00:00Z');
const minutes = (count: number): number => count * 60_000;
const restricted = 'Due to too many requests, requests from App 7 are temporarily restricted';

describe('which of the three counters is used up', () => {
  test('the second, by its words', () => {
    const text = 'App 7 reaches the QPS limit 10, current QPS is 11';
    expect(new RateLimitReader().read(text, noon)).toBe('second');
    expect(pauseMs('second', noon)).toBe(1000);
  });

  test('a restriction is the minute’s, until it outlives the minute’s pause: then the day’s', () => {
    const limits = new RateLimitReader();
    expect(limits.read(restricted, noon)).toBe('minute');
    expect(limits.read(restricted, noon + minutes(1))).toBe('minute');
    expect(limits.read(restricted, noon + minutes(5))).toBe('day');
    limits.letThrough();
    expect(limits.read(restricted, noon + minutes(6))).toBe('minute');
    expect(limits.read(restricted, noon + minutes(60))).toBe('minute');
    expect(limits.read(restricted, noon + minutes(65))).toBe('day');
    const other = { endpoint: 'ad/get/', code: 40002, message: 'Words.', requestId: null };
    refusalError(other, limits, noon);
    expect(limits.read(restricted, noon + minutes(66))).toBe('minute');
  });

  test('the day ends at 00:00 UTC', () => {
    expect(new RateLimitReader().read('App 7 reaches the QPD limit', noon)).toBe('day');
    expect(pauseMs('day', noon)).toBe(12 * 3_600_000);
    expect(pauseMs('minute', noon)).toBe(minutes(5));
  });

  test('the limit of one account holds back no other call', () => {
    const refused = (code: number) =>
      refusalError(
        { endpoint: 'ad/get/', code, message: restricted, requestId: null },
        new RateLimitReader(),
        noon,
      );
    expect(refused(40100)).toMatchObject({
      retryAfterMs: minutes(5),
      details: { limit: 'minute' },
    });
    expect(refused(40133)).toMatchObject({ retryAfterMs: minutes(1), details: { limit: null } });
  });
});

test('words that explain stay, what identifies goes', () => {
  expect(
    redacted("invalid metric fields: ['voucher_spend', 'real_time_cost_per_conversion']"),
  ).toBe("invalid metric fields: ['voucher_spend', 'real_time_cost_per_conversion']");
  expect(redacted('No permission to operate on advertiser 7298110042331234305')).toBe(
    'No permission to operate on advertiser …',
  );
  expect(redacted('see https://a.example/?access_token=abc now')).toBe('see … now');
});
