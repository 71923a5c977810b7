/**
 * What TikTok sent, as the text that the warehouse must hold: written a second time, so that it shares no mistake with
 * the hub's own reader.
 */
import type { Field, FieldType, Stream } from '../policy/stream.ts';
import type { TextRow } from './facts-file.ts';

/** `JSON.parse`, but each number is the text that it was written as. */
export function parseExactly(text: string): unknown {
  const keepSource = (_name: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' ? context!.source : value;
  return JSON.parse(text, keepSource as (name: string, value: unknown) => unknown);
}

/** A record of `parseExactly` as the row of its stream. */
export function expectedRow(stream: Stream, record: unknown): TextRow {
  return Object.fromEntries(
    stream.fields.map((field) => [field.name, expectedText(field.type, valueAt(record, field))]),
  );
}

/** A stored row with its lists and objects in the same form as `expectedRow` has them. */
export function storedRow(stream: Stream, row: TextRow): TextRow {
  return Object.fromEntries(
    stream.fields.map(({ name, type }) => {
      const text = row[name] ?? null;
      return [name, type === 'json' && text !== null ? sorted(parseExactly(text)) : text];
    }),
  );
}

export const keyOf = (stream: Stream, row: TextRow): string =>
  stream.key.map((name) => row[name]).join(' ');

function valueAt(record: unknown, { source }: Field): unknown {
  return source
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown>)?.[name], record);
}

function expectedText(type: FieldType, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (type === 'json') return sorted(value);
  const text = String(value);
  if (type === 'text') return text;
  if (text === '-' || text === '') return null;
  switch (type) {
    case 'id':
    case 'count':
      return String(BigInt(text.replace(/\.0+$/, '')));
    case 'money':
      return withDecimals(text, 4);
    case 'ratio':
      return /\.\d{7}/.test(text) ? Number(text).toFixed(6) : withDecimals(text, 6);
    case 'boolean':
      return text === 'true' || text === '1' ? 'true' : 'false';
    case 'instant':
      return /^\d+$/.test(text) ? utcText(Number(text) * 1000) : text.replace(/T(.*)Z$/, ' $1');
    case 'day':
      return text.slice(0, 10);
    case 'hour':
      return text;
    case 'pseudonym':
      throw new Error('A pseudonym is made by the hub, not sent.');
  }
}

function withDecimals(text: string, decimals: number): string {
  const [units, fraction = ''] = text.split('.');
  return `${units}.${fraction.padEnd(decimals, '0')}`;
}

const utcText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
