/** JSON as TikTok sends it: ids can be bare numbers that a double does not hold. */

/**
 * A bare number of 16 digits or more. Texts can look like one too; that costs the slower parse and nothing else.
 */
const longNumber = /(?:^|[:,[\s])-?\d[\d.]{15,}/;

/** `JSON.parse`, but a number that a double cannot hold comes as its text, digit for digit. */
export function parseLossless(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text);
  // The third argument came with ES2025; Node 24 has it, the typed library not yet.
  const keepDigits = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined && isLossy(value, context.source)
      ? context.source
      : value;
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
}

const isLossy = (value: number, source: string): boolean =>
  Number.isInteger(value) ? !Number.isSafeInteger(value) : source.length > 16;
