import { describe, expect, test } from 'vitest';
import type { Component } from './facts.ts';
import { at, componentCount } from './facts.ts';
import { Text } from './text.ts';
import { writerOf } from './writers.ts';

function written(
  name: string,
  figures: Partial<Record<Component | 'reach', number>>,
  decimals: 0 | 3 = 3,
): string {
  const sums = new Float64Array(componentCount);
  const { reach = 0, ...others } = figures;
  for (const [component, value] of Object.entries(others)) sums[at[component as Component]] = value;
  const text = new Text();
  writerOf(name, decimals).ofFigures({ sums, reach }, text);
  return text.take().toString();
}

describe('decimal text', () => {
  test.each([
    [0, 3, '0.000'],
    [5, 3, '0.005'],
    [20_000, 3, '20.000'],
    [118, 2, '1.18'],
    [2899, 4, '0.2899'],
    [1234, 0, '1234'],
    [2 ** 31 - 1, 0, '2147483647'],
    [2 ** 31, 0, '2147483648'],
    [99_999, 0, '99999'],
    [100_000, 0, '100000'],
    [987_654_321_098_765, 3, '987654321098.765'],
  ] as const)('of %d with %d decimals is %s', (value, decimals, text) => {
    const buffer = new Text();
    buffer.decimal(value, decimals);
    expect(buffer.take().toString()).toBe(text);
  });
});

/** The figures of a row that TikTok sent on 2021-10-25. */
describe('a row as TikTok wrote it', () => {
  const row = {
    spend: 20_000,
    impressions: 5830,
    clicks: 69,
    reach: 4806,
    result: 69,
    conversion: 0,
  } as const;
  test.each([
    ['spend', '20.000'],
    ['cpc', '0.290'],
    ['cpm', '3.430'],
    ['ctr', '1.18'],
    ['frequency', '1.21'],
    ['cost_per_1000_reached', '4.161'],
    ['cost_per_result', '0.2899'],
    ['result_rate', '1.18'],
    ['cost_per_conversion', '0.000'],
    ['conversion_rate', '0.00'],
  ])('has %s %s', (name, text) => {
    expect(written(name, row)).toBe(text);
  });
});

describe('a ratio', () => {
  test('rounds half a unit up', () => {
    expect(written('ctr', { clicks: 1, impressions: 800 })).toBe('0.13');
    expect(written('ctr', { clicks: 1, impressions: 801 })).toBe('0.12');
  });

  test('of money in yen counts whole yen', () => {
    expect(written('spend', { spend: 1500 }, 0)).toBe('1500');
    expect(written('cpc', { spend: 1500, clicks: 7 }, 0)).toBe('214.290');
    expect(
      written('complete_payment_roas', { total_complete_payment_rate: 3000, spend: 1500 }, 0),
    ).toBe('2.00');
  });

  test('of seconds watched has two decimals', () => {
    const figures = { watched_hundredths: 786_296, video_play_actions: 5173, reach: 4806 };
    expect(written('average_video_play', figures)).toBe('1.52');
    expect(written('average_video_play_per_user', figures)).toBe('1.64');
  });
});
