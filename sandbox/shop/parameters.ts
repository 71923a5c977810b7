/** The parameters of one call to the Shop API: a query string with comma-joined lists, or a JSON body. */
import { parseLosslessly } from '../lossless-json.ts';
import { ShopRefusal } from './answers.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const invalidRequestCode = 36_009_004;

export class ShopParameters {
  readonly #values: JsonRecord;
  readonly #invalidCode: number;

  constructor(values: JsonRecord, invalidCode = invalidRequestCode) {
    this.#values = values;
    this.#invalidCode = invalidCode;
  }

  /** An unreadable body or one that is no object refuses the call. */
  static fromBody(body: Buffer, invalidCode?: number): ShopParameters {
    if (body.length === 0) return new ShopParameters({}, invalidCode);
    let value: unknown;
    try {
      value = parseLosslessly(body.toString('utf8'));
    } catch {
      throw new ShopRefusal(36_009_022, 'The request body is not valid JSON.');
    }
    if (!isRecord(value)) throw new ShopRefusal(36_009_022, 'The request body is not an object.');
    return new ShopParameters(value, invalidCode);
  }

  /** All that was sent. */
  get values(): JsonRecord {
    return this.#values;
  }

  has(name: string): boolean {
    const value = this.#values[name];
    return value !== undefined && value !== null && value !== '';
  }

  invalid(name: string, reason: string): ShopRefusal {
    return new ShopRefusal(this.#invalidCode, `Invalid parameter ${name}: ${reason}.`);
  }

  text(name: string): string | null {
    if (!this.has(name)) return null;
    const value = this.#values[name];
    if (typeof value === 'object') throw this.invalid(name, 'not a string');
    return String(value);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === null) throw this.invalid(name, 'it is required');
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = fallback === undefined ? this.required(name) : (this.text(name) ?? fallback);
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw this.invalid(name, `must be one of ${choices.join(', ')}`);
    return choice;
  }

  boolean(name: string, fallback = false): boolean {
    const value = this.text(name);
    if (value === null) return fallback;
    if (value !== 'true' && value !== 'false') throw this.invalid(name, 'not a boolean');
    return value === 'true';
  }

  integer(name: string, range: { min: number; max: number }): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = Number(text);
    if (!/^-?\d{1,15}$/.test(text) || value < range.min || value > range.max) {
      throw this.invalid(name, `must be a whole number from ${range.min} to ${range.max}`);
    }
    return value;
  }

  /** Unix seconds. */
  seconds(name: string): number | null {
    return this.integer(name, { min: 0, max: 9_999_999_999 });
  }

  /** Comma-joined in a query, a list in a body; numbers are taken as text. */
  list(name: string): readonly string[] | null {
    const value = this.#values[name];
    if (value === undefined || value === null) return null;
    if (typeof value === 'string') return value === '' ? [] : value.split(',');
    if (!Array.isArray(value)) throw this.invalid(name, 'not a list');
    return value.map((item) => {
      if (typeof item === 'object') throw this.invalid(name, 'not a list of strings');
      return String(item);
    });
  }

  record(name: string): ShopParameters | null {
    const value = this.#values[name];
    if (value === undefined || value === null) return null;
    if (!isRecord(value)) throw this.invalid(name, 'not an object');
    return new ShopParameters(value, this.#invalidCode);
  }

  records(name: string): readonly ShopParameters[] | null {
    const value = this.#values[name];
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value)) throw this.invalid(name, 'not a list');
    return value.map((item) => {
      if (!isRecord(item)) throw this.invalid(name, 'not a list of objects');
      return new ShopParameters(item, this.#invalidCode);
    });
  }
}
