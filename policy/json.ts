/** JSON whose numbers TikTok writes with more digits than a double holds: ids as bare numbers. */

interface ReviverContext {
  /** The number as it stood in the text. */
  readonly source?: string;
}

/**
 * JSON.parse, but whole numbers beyond 2^53 become bigints, and other numbers that large stay text. Slower than
 * JSON.parse: for texts that are known to hold such numbers.
 */
export function parseLossless(text: string): unknown {
  // The third argument of revivers is newer than TypeScript's declaration of JSON.parse.
  return JSON.parse(text, ((_name: string, value: unknown, { source }: ReviverContext) => {
    if (typeof value !== 'number' || source === undefined || Math.abs(value) < 2 ** 53)
      return value;
    return /^-?\d+$/.test(source) ? BigInt(source) : source;
  }) as (name: string, value: unknown) => unknown);
}
