/** JSON whose whole numbers above 2^53 are kept as their text. */

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context: { source?: string },
) => unknown;

/** Numbers that a JavaScript number holds stay numbers; others become strings of their digits. */
export function parseLosslessly(text: string): unknown {
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? source
      : value;
  // The types of ES2024 do not know the reviver's third argument yet; the engine passes it.
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}
