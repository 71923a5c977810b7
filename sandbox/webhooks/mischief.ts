/** What goes wrong on the way, by a seed: repetitions, disorder and loss. */
import { hash } from '../generator/hash.ts';

export interface MischiefRates {
  /** Shares of all notifications, from 0 to 1. */
  readonly duplicated: number;
  readonly disordered: number;
  readonly lost: number;
}

export interface Fate {
  readonly lost: boolean;
  readonly heldMs: number;
  /** How long after the first one a second copy goes out; null for none. */
  readonly duplicateAfterMs: number | null;
}

/** Real time: long enough that others overtake, short enough for a test to wait. */
const heldMs = { min: 50, max: 1_500 };
const scale = 2 ** 32;

export const noMischief: MischiefRates = { duplicated: 0, disordered: 0, lost: 0 };

export function fateOf(seed: number, number: number, rates: MischiefRates): Fate {
  const chance = (purpose: number) => hash(seed, number, purpose) / scale;
  const delay = (purpose: number) =>
    heldMs.min + Math.floor(chance(purpose) * (heldMs.max - heldMs.min));
  return {
    lost: chance(0x10) < rates.lost,
    heldMs: chance(0x11) < rates.disordered ? delay(0x12) : 0,
    duplicateAfterMs: chance(0x13) < rates.duplicated ? delay(0x14) : null,
  };
}

/** @throws RangeError for rates that are none. */
export function checkRates(rates: MischiefRates): MischiefRates {
  for (const [name, rate] of Object.entries(rates)) {
    if (!(rate >= 0 && rate <= 1)) throw new RangeError(`${name} must be a share from 0 to 1.`);
  }
  return rates;
}
