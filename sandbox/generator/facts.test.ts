import { describe, expect, test } from 'vitest';
import { dayMs, hourMs } from '../calendar.ts';
import { createAccount } from './accounts.ts';
import type { Component } from './facts.ts';
import { at, components, factsOf } from './facts.ts';
import type { AdNode } from './tree.ts';
import { growTree } from './tree.ts';

const startsAt = Date.UTC(2026, 10, 24, 9, 40);
const firstMs = startsAt - 90 * dayMs;
const account = createAccount(5, 0, new Date(firstMs));
const tree = growTree(account, 400, {
  firstHour: Math.ceil(firstMs / hourMs),
  firstMs,
  startsMs: startsAt,
});

/** The facts of an ad's hours of one UTC day, as known then. */
function dayOf(ad: AdNode, day: number, now: number): Record<Component, number> {
  const sums = Object.fromEntries(components.map((name) => [name, 0])) as Record<Component, number>;
  for (let hour = day / hourMs; hour < (day + dayMs) / hourMs; hour += 1) {
    const facts = factsOf(ad, hour, new Date(now));
    if (facts) for (const name of components) sums[name] += facts[at[name]]!;
  }
  return sums;
}

const day = Date.UTC(2026, 9, 1);
const noonAfter = (days: number) => day + days * dayMs + dayMs / 2;
const withWindow = (window: string, objective: string) =>
  tree.ads.filter(
    (ad) => ad.adgroup.window === window && ad.adgroup.campaign.objective === objective,
  );
const total = (ads: readonly AdNode[], now: number, name: Component) =>
  ads.reduce((sum, ad) => sum + dayOf(ad, day, now)[name], 0);

describe('a fact', () => {
  test('is known 30 minutes after its hour has ended, split by audience after 16 hours', () => {
    const ad = tree.ads[0]!;
    const hours = Array.from({ length: 48 }, (_, index) => day / hourMs + index);
    const hour = hours.find((each) => factsOf(ad, each, new Date(day + 40 * dayMs)))!;
    const end = (hour + 1) * hourMs;
    expect(factsOf(ad, hour, new Date(end + 30 * 60_000 - 1))).toBeNull();
    expect(factsOf(ad, hour, new Date(end + 30 * 60_000))).not.toBeNull();
    expect(factsOf(ad, hour, new Date(end + 16 * hourMs - 1), 'audience')).toBeNull();
    expect(factsOf(ad, hour, new Date(end + 16 * hourMs), 'audience')).not.toBeNull();
  });

  test('has its spend corrected at the next day’s 12:00 UTC, once', () => {
    const ads = tree.ads.slice(0, 50);
    for (const ad of ads.filter((each) => dayOf(each, day, noonAfter(40)).impressions > 0)) {
      const before = dayOf(ad, day, noonAfter(1) - 1).spend;
      const after = dayOf(ad, day, noonAfter(1)).spend;
      expect(dayOf(ad, day, day + dayMs + hourMs).spend).toBe(before);
      expect(dayOf(ad, day, noonAfter(40)).spend).toBe(after);
      expect(Math.abs(after - before)).toBeLessThanOrEqual(before * 0.05 + 24);
    }
    expect(total(ads, noonAfter(1), 'spend')).not.toBe(total(ads, noonAfter(1) - 1, 'spend'));
  });

  test('gains conversions at 12:00 UTC until the window closes, and never after', () => {
    const ads = withWindow('TWENTY_EIGHT_DAYS', 'WEB_CONVERSIONS');
    const first = total(ads, noonAfter(1) - 1, 'conversion');
    const known = [first];
    for (let days = 1; days <= 40; days += 1) {
      expect(total(ads, noonAfter(days) - 1, 'conversion')).toBe(known[days - 1]);
      known.push(total(ads, noonAfter(days), 'conversion'));
      expect(known[days]).toBeGreaterThanOrEqual(known[days - 1]!);
    }
    expect(first).toBeGreaterThan(0);
    expect(known[27]).toBeGreaterThan(known[2]!);
    expect(new Set(known.slice(28)).size).toBe(1);
  });

  test('is final at once where the window is off', () => {
    const ads = withWindow('OFF', 'WEB_CONVERSIONS');
    const first = total(ads, noonAfter(1) - 1, 'conversion');
    expect(first).toBeGreaterThan(0);
    expect(total(ads, noonAfter(40), 'conversion')).toBe(first);
  });

  test('never moves in what is counted when it happens', () => {
    const moving = new Set<Component>();
    for (const name of components) {
      const early = total(tree.ads, noonAfter(1) - 1, name);
      if (total(tree.ads, noonAfter(40), name) !== early) moving.add(name);
    }
    expect([...moving].filter((name) => name.startsWith('real_time_'))).toEqual([]);
    expect(moving).toContain('conversion');
    expect(moving).not.toContain('impressions');
    expect(moving).not.toContain('video_views_p100');
  });

  test('ends with its ad', () => {
    const gone = tree.ads.filter((ad) => ad.deletedMs < startsAt);
    expect(gone.length).toBeGreaterThan(10);
    for (const ad of gone) {
      const after = Math.floor(ad.deletedMs / hourMs);
      const later = Array.from({ length: 200 }, (_, index) => after + index);
      expect(later.some((hour) => factsOf(ad, hour, new Date(startsAt + 60 * dayMs)))).toBe(false);
    }
  });
});
