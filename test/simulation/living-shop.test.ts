import { expect, test } from 'vitest';
import { runLivingShop } from './living-shop.ts';

test('a shop that lives on under bad webhooks and five kills equals the truth', async () => {
  const result = await runLivingShop({ seed: 1, orders: 500, days: 10, kills: 5 });
  expect(result.orders).toBeGreaterThan(800);
  expect(result.deliveries.delivered).toBeGreaterThan(50);
  expect(result.deliveries.lost).toBeGreaterThan(0);
  expect(result.differences).toEqual([]);
}, 600_000);
