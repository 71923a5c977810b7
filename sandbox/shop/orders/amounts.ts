/** Sums and shares of money in whole units of a currency, so that every sum is exact. */

/** Parts in ten thousand of an amount that is not negative, half a unit rounded up. */
export function shareOf(units: number, tenThousandths: number): number {
  return Math.floor((units * tenThousandths + 5_000) / 10_000);
}

/** An amount in equal parts that sum up to it exactly; the first parts take the rest. */
export function partsOf(units: number, count: number): readonly number[] {
  const whole = Math.floor(units / count);
  const rest = units - whole * count;
  return Array.from({ length: count }, (_, index) => whole + (index < rest ? 1 : 0));
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
