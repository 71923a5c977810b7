/** The parameters of one call, from the query string (lists and objects as JSON text) or from a body. */
import { badParameter } from './answers.ts';

type Reviver = (key: string, value: unknown) => unknown;

/** Parses JSON and keeps ids that came as bare numbers above 2^53 exact, as text. */
function parseJson(text: string): unknown {
  const exact = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? context.source
      : value;
  // Node 24 passes the source text as a third argument; the library's types do not know it yet.
  return JSON.parse(text, exact as Reviver);
}

export class Parameters {
  readonly #values: Readonly<Record<string, unknown>>;

  private constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  static fromQuery(query: Readonly<Record<string, unknown>>): Parameters {
    const last = (value: unknown) => (Array.isArray(value) ? value.at(-1) : value);
    return new Parameters(
      Object.fromEntries(Object.entries(query).map(([name, value]) => [name, last(value)])),
    );
  }

  static fromBody(text: string, contentType: string): Parameters {
    if (contentType.includes('application/x-www-form-urlencoded')) {
      return new Parameters(Object.fromEntries(new URLSearchParams(text)));
    }
    let value: unknown;
    try {
      value = text === '' ? {} : parseJson(text);
    } catch {
      return new Parameters({});
    }
    return new Parameters(isRecord(value) ? value : {});
  }

  has(name: string): boolean {
    const value = this.#values[name];
    return value !== undefined && value !== null && value !== '';
  }

  text(name: string): string | null {
    if (!this.has(name)) return null;
    const value = this.#values[name];
    if (typeof value === 'string') return value;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === null) throw badParameter(`${name}: Missing data for required field.`);
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = fallback === undefined ? this.required(name) : (this.text(name) ?? fallback);
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw badParameter(`${name}: Must be one of ${choices.join(', ')}.`);
    return choice;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    throw badParameter(`${name}: Not a valid boolean.`);
  }

  integer(name: string, fallback: number, range: { min: number; max: number }): number {
    const text = this.text(name);
    if (text === null) return fallback;
    if (!/^\d{1,9}$/.test(text)) throw badParameter(`${name}: Not a valid integer.`);
    const value = Number(text);
    if (value < range.min || value > range.max) {
      throw badParameter(`${name}: Must be between ${range.min} and ${range.max}.`);
    }
    return value;
  }

  paging(pageSizeMax = 1000, fallback = 10): { page: number; pageSize: number } {
    const page = this.integer('page', 1, { min: 1, max: 999_999_999 });
    return { page, pageSize: this.integer('page_size', fallback, { min: 1, max: pageSizeMax }) };
  }

  /** A JSON list of strings, or the list itself in a JSON body. Numbers are taken as text. */
  list(name: string): readonly string[] | null {
    const value = this.json(name);
    return value === null ? null : textList(name, value);
  }

  object(name: string): Readonly<Record<string, unknown>> {
    const value = this.json(name);
    if (value === null) return {};
    if (!isRecord(value)) throw badParameter(`${name}: Not a valid object.`);
    return value;
  }

  json(name: string): unknown {
    if (!this.has(name)) return null;
    const value = this.#values[name];
    if (typeof value !== 'string') return value;
    try {
      return parseJson(value);
    } catch {
      throw badParameter(`${name}: Not valid JSON.`);
    }
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textList(name: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw badParameter(`${name}: Not a valid list.`);
  return value.map((item) => {
    if (typeof item !== 'string' && typeof item !== 'number') {
      throw badParameter(`${name}: Not a valid list of strings.`);
    }
    return String(item);
  });
}
