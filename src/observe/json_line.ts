import { jsonContent } from "./json_content.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const POINT = 0x2e;
/** Longest text, in characters: a client may send as much as a head may have. */
const longestText = 2048;
/** From here on numbers are left to `String()`. */
const largestByHand = 1_000_000_000;

/**
 * A line of JSON that is put together octet by octet, in one buffer for all lines: printable ASCII,
 * no text longer than 2048 characters.
 */
export class JsonLine {
  #octets = new Uint8Array(4096);
  #length = 0;

  /** What was put together; it is overwritten by what comes after {@linkcode clear}. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Adds octets as they are. */
  raw(octets: Uint8Array): void {
    this.#makeRoom(octets.length);
    const buffer = this.#octets;
    const at = this.#length;
    // Shorter than 20 octets mostly, for which a loop is faster than `set()`.
    for (let index = 0; index < octets.length; index++) buffer[at + index] = octets[index] ?? 0;
    this.#length = at + octets.length;
  }

  /** Adds a string, between quotation marks. */
  text(value: string): void {
    const length = value.length;
    if (length > longestText) return this.#escaped(value.slice(0, longestText) + "…");
    this.#makeRoom(length + 2);
    const buffer = this.#octets;
    let at = this.#length;
    buffer[at++] = QUOTE;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) {
        return this.#escaped(value);
      }
      buffer[at++] = unit;
    }
    buffer[at++] = QUOTE;
    this.#length = at;
  }

  /** Adds a number; one that JSON cannot express becomes `null`. */
  number(value: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value < largestByHand)) {
      return this.#ascii(JSON.stringify(value));
    }
    let unit = 1;
    while (unit * 10 <= value) unit *= 10;
    this.digits(value, unit);
  }

  /**
   * Adds a number of milliseconds to the microsecond: what is finer is noise of the clock. What is no
   * duration becomes 0.
   */
  milliseconds(value: number): void {
    const micros = value > 0 && value < Infinity ? Math.round(value * 1000) : 0;
    const whole = Math.floor(micros / 1000);
    this.number(whole);
    this.#makeRoom(1);
    this.#octets[this.#length++] = POINT;
    this.digits(micros - whole * 1000, 100);
  }

  /**
   * Adds a number with leading zeros.
   *
   * @param value Less than ten times `unit`.
   * @param unit The unit of the first digit: 100 for three digits.
   */
  digits(value: number, unit: number): void {
    this.#makeRoom(10);
    let rest = value;
    for (let power = unit; power >= 1; power = Math.floor(power / 10)) {
      const digit = Math.floor(rest / power);
      this.#octets[this.#length++] = ZERO + digit;
      rest -= digit * power;
    }
  }

  #escaped(value: string): void {
    this.#ascii(`"${jsonContent(value)}"`);
  }

  #ascii(text: string): void {
    this.#makeRoom(text.length);
    for (let index = 0; index < text.length; index++) {
      this.#octets[this.#length++] = text.charCodeAt(index);
    }
  }

  #makeRoom(octets: number): void {
    const needed = this.#length + octets;
    if (needed <= this.#octets.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#octets.length));
    larger.set(this.octets);
    this.#octets = larger;
  }
}
