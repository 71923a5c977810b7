/**
 * All numbers of the generated world come from these: nothing is stored, a seed says everything.
 */

/** A well mixed unsigned 32-bit number of three integers (murmur's finaliser). */
export function hash(first: number, second: number, third: number): number {
  let mixed = Math.imul(first ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(second + 1, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed ^ Math.imul(third + 1, 0x27d4eb2f), 0x2c1b3c6d);
  mixed ^= mixed >>> 12;
  mixed = Math.imul(mixed, 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** An element of the list, the same one for the same numbers. */
export function pick<T>(list: readonly T[], first: number, second: number, third: number): T {
  return list[hash(first, second, third) % list.length]!;
}
