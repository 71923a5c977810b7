/** Text written as bytes: rows without strings in between. */

const startBytes = 65_536;
/** A page of 1000 rows fits; what a large CSV needed is given back. */
const keptBytesMax = 4_194_304;

/**
 * A growing text that is written as bytes. Rows of a load test are mostly short numbers between
 * constant names: this writes them several times faster than joining strings does.
 */
export class Text {
  #bytes = Buffer.allocUnsafe(startBytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Forgets what a writer that failed has left. */
  start(): void {
    this.#length = 0;
  }

  /** The text so far; the next one starts empty. */
  take(): Buffer {
    const text = Buffer.copyBytesFrom(this.#bytes, 0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > keptBytesMax) this.#bytes = Buffer.allocUnsafe(startBytes);
    return text;
  }

  constant(constant: Uint8Array): void {
    const { length } = constant;
    this.#makeRoom(length);
    const bytes = this.#bytes;
    const start = this.#length;
    if (length > 48) bytes.set(constant, start);
    else for (let index = 0; index < length; index += 1) bytes[start + index] = constant[index]!;
    this.#length = start + length;
  }

  /** A whole number that is not negative. */
  integer(value: number): void {
    this.#makeRoom(20);
    if (value < 2 ** 31) this.#digits(value | 0, digitsOf(value | 0));
    else this.#length += this.#bytes.write(String(value), this.#length, 'latin1');
  }

  /** A whole number of hundredths, thousandths, ... */
  decimal(value: number, decimals: 0 | 2 | 3 | 4): void {
    if (decimals === 0) {
      this.integer(value);
      return;
    }
    const power = powers[decimals];
    const whole = Math.floor(value / power);
    this.integer(whole);
    this.#makeRoom(5);
    this.#bytes[this.#length] = 46;
    this.#length += 1;
    this.#digits(value - whole * power, decimals);
  }

  #digits(value: number, count: number): void {
    const bytes = this.#bytes;
    let rest = value | 0;
    for (let place = this.#length + count - 1; place >= this.#length; place -= 1) {
      const tenth = (rest / 10) | 0;
      bytes[place] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.#length += count;
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

const powers = { 2: 100, 3: 1000, 4: 10_000 };

function digitsOf(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 10_000) return value < 1000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}
