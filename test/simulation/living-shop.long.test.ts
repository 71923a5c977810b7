/** The same as `living-shop.test.ts`, ten times as large, over 60 days and 20 kills. */
import { expect, test } from 'vitest';
import { runLivingShop } from './living-shop.ts';

test('10,000 orders that live on for 60 days under bad webhooks and 20 kills equal the truth', async () => {
  const result = await runLivingShop({ seed: 2, orders: 10_000, days: 60, kills: 20 });
  expect(result.orders).toBeGreaterThan(9_000);
  expect(result.statements).toBeGreaterThan(50);
  expect(result.deliveries.lost).toBeGreaterThan(100);
  expect(result.differences).toEqual([]);
}, 1_500_000);
