/**
 * One cell: from TikTok's value to the exact text that DuckDB casts to the column's type. Runs in
 * worker threads. A value that does not fit exactly is refused, never rounded: its row is
 * quarantined.
 */
import type { FieldType } from '../policy/stream.ts';

/** Text for the cast, null for NULL, or undefined: the value does not fit the type. */
export type CellText = string | null | undefined;

/** A number that JSON.parse may have rounded: the page is parsed again without loss. */
export class RoundedNumber extends Error {}

export const cellReaders: Readonly<Record<FieldType, (value: unknown) => CellText>> = {
  id: (value) => whole(value),
  count: (value) => whole(value),
  money: (value) => decimal(value, 4),
  ratio: (value) => decimal(typeof value === 'number' ? rounded(value) : value, 6),
  text: (value) => (typeof value === 'string' ? value : plain(value)),
  boolean,
  instant: remember(instant),
  day: remember(day),
  hour: remember(hour),
  json: (value) => (value === null ? null : canonicalJson(value)),
  // Hashed before it is read as a cell; whatever comes here was not.
  pseudonym: () => undefined,
};

/** `null` and TikTok's ways to say that a number does not exist. */
const absent = (value: unknown): boolean => value === null || value === '-' || value === '';

function plain(value: unknown): CellText {
  if (value === null) return null;
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : undefined;
}

function numberText(value: number): string | undefined {
  if (Math.abs(value) >= 2 ** 53) throw new RoundedNumber();
  const text = String(value);
  if (!text.includes('e')) return text;
  // Exponents stand for very small numbers only, since large ones were refused above.
  return value.toFixed(20).replace(/0+$/, '');
}

function numeric(value: unknown): CellText {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' ? undefined : plain(value);
}

const bigintMax = 2n ** 63n - 1n;

/** Whole numbers up to 64 bits; `10505.0` is one. */
function whole(value: unknown): CellText {
  if (absent(value)) return null;
  const text = numeric(value);
  if (typeof text !== 'string') return undefined;
  // One text a number: keys are compared as texts.
  if (text.length < 19 && text[0] !== '0' && onlyDigits(text)) return text;
  const match = /^(-?\d{1,30})(?:\.0*)?$/.exec(text);
  if (match === null) return undefined;
  const exact = BigInt(match[1]!);
  return exact > bigintMax || exact < -bigintMax - 1n ? undefined : String(exact);
}

function onlyDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return text.length > 0;
}

/** Of binary fractions (`14.834000000000001` seconds) the last digits mean nothing. Money is never rounded. */
const rounded = (value: number): number => Number(value.toFixed(6));

/** DECIMAL(18, scale): further digits of the fraction must be zeros. */
function decimal(value: unknown, scale: number): CellText {
  if (absent(value)) return null;
  const text = numeric(value);
  if (typeof text !== 'string') return undefined;
  if (text.length < 12 && shortDecimal(text, scale)) return text;
  const match = /^(-?)0*(\d*?)(?:\.(\d*?)0*)?$/.exec(text);
  if (match === null || !/\d/.test(text)) return undefined;
  const [, sign, units = '', fraction = ''] = match;
  if (units.length > 18 - scale || fraction.length > scale) return undefined;
  return `${sign}${units || '0'}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * Digits, a point, at most `scale` digits: nearly every value, and several times faster than the
 * expression.
 */
function shortDecimal(text: string, scale: number): boolean {
  const point = text.indexOf('.');
  if (point === -1) return onlyDigits(text);
  if (point === 0 || text.length - point - 1 > scale) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code < 48 || code > 57) && at !== point) return false;
  }
  return true;
}

function boolean(value: unknown): CellText {
  if (absent(value)) return null;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return 'true';
  return text === 'false' || text === '0' ? 'false' : undefined;
}

const timeForm = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.0+)?Z?)?$/;

/** Date and time as they stand, when they exist in the calendar. */
function calendar(text: string): { day: string; time: string } | undefined {
  const match = timeForm.exec(text);
  if (match === null) return undefined;
  const found = { day: match[1]!, time: match[2] ?? '00:00:00' };
  const instant = new Date(`${found.day}T${found.time}Z`);
  if (Number.isNaN(instant.getTime())) return undefined;
  return instant.toISOString().startsWith(`${found.day}T${found.time}`) ? found : undefined;
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, or seconds since 1970. */
function instant(value: unknown): CellText {
  if (absent(value)) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value < 1e11 && value >= 0) {
    return new Date(value * 1000).toISOString().slice(0, 19).replace('T', ' ');
  }
  const found = typeof value === 'string' ? calendar(value) : undefined;
  return found && `${found.day} ${found.time}`;
}

function day(value: unknown): CellText {
  if (absent(value)) return null;
  const found = typeof value === 'string' ? calendar(value) : undefined;
  return found?.time === '00:00:00' ? found.day : undefined;
}

function hour(value: unknown): CellText {
  if (absent(value)) return null;
  const found = typeof value === 'string' ? calendar(value) : undefined;
  return found?.time.endsWith(':00:00') ? `${found.day} ${found.time}` : undefined;
}

/** Days and hours repeat in thousands of rows; a page of anything else must not grow the memory. */
function remember(read: (value: unknown) => CellText): (value: unknown) => CellText {
  const known = new Map<unknown, CellText>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const text = read(value);
    if (known.size > 5_000) known.clear();
    known.set(value, text);
    return text;
  };
}

/** Members sorted by name, so that the same object always gives the same text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return numberText(value) ?? 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}
