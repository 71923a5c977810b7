import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ShopRate } from './rate.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-24T09:40:00.100Z'), toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const takeMany = (rate: ShopRate, count: number, path: string, shopId: string) => {
  for (let index = 0; index < count; index += 1) rate.take(path, shopId);
};

it('50 a second of each shop and API; the next second starts anew', () => {
  const rate = new ShopRate(50);
  takeMany(rate, 50, '/a', '1');
  expect(() => rate.take('/a', '1')).toThrow('Too many requests');
  takeMany(rate, 50, '/a', '2');
  takeMany(rate, 50, '/b', '1');
  expect(rate.total).toBe(1);
  vi.setSystemTime(new Date('2026-11-24T09:40:01.000Z'));
  takeMany(rate, 50, '/a', '1');
  expect(() => rate.take('/a', '1')).toThrow('Too many requests');
  expect(rate.list()).toMatchObject([
    { path: '/a', shopId: '1' },
    { path: '/a', shopId: '1' },
  ]);
});

it('without a limit nothing is refused', () => {
  const rate = new ShopRate(null);
  takeMany(rate, 1_000, '/a', '1');
  expect(rate.total).toBe(0);
});
