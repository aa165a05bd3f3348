import {
  COLON,
  CR,
  decodeLatin1,
  hasOddOctet,
  HTAB,
  isFieldOctet,
  LF,
  SP,
  tokenOctetKind,
} from "./octets.ts";
import { hashNameOctet, lowerCaseName, NAME_HASH_START } from "./field_names.ts";
import { HeadTooLargeError, WireError } from "./wire_error.ts";

/** Something that octets are appended to. */
export interface OctetSink {
  bytes(chunk: Uint8Array): void;
}

/** Something that parts of a buffer are appended to. */
export interface RangeSink {
  copy(source: Uint8Array, range: { start: number; end: number }): void;
}

const OFFSETS_PER_LINE = 3;

/**
 * The field lines of a head or a trailer section, in the order in which they came.
 *
 * Lines stay octets: a name is compared in lower case, a value is decoded only when asked for, and a
 * line that is passed on is copied as it came. The octets belong to whoever parsed them; a `Fields`
 * is valid as long as they are.
 */
export class Fields {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #names: readonly string[];
  /** Per line: value start, value end, line end (after CRLF), which is where the next line starts. */
  readonly #offsets: readonly number[];
  #connectionOptions: readonly string[] | undefined;
  /**
   * Whether a name has a character other than letters, digits and `-`, which some servers do not
   * tell from `-`: see `looseName`. Few messages have one.
   */
  readonly hasOddNames: boolean;

  private constructor(
    bytes: Uint8Array,
    { start, names, offsets, hasOddNames }: {
      start: number;
      names: readonly string[];
      offsets: readonly number[];
      hasOddNames: boolean;
    },
  ) {
    this.#bytes = bytes;
    this.#start = start;
    this.#names = names;
    this.#offsets = offsets;
    this.hasOddNames = hasOddNames;
  }

  /**
   * Parses field lines (RFC 9112 section 5), each ended by CRLF.
   *
   * @param bytes Holds the lines at `[start, end)`, without the empty line that closes the section.
   * @throws {WireError} on obs-fold, white space before the colon, an empty or malformed name, a
   *   control character in a value, or a bare CR or LF.
   * @throws {HeadTooLargeError} if there are more than `maxLines` lines.
   */
  static parse(
    bytes: Uint8Array,
    { start, end, maxLines }: { start: number; end: number; maxLines: number },
  ): Fields {
    const names: string[] = [];
    const offsets: number[] = [];
    let kinds = 0;
    let at = start;
    while (at < end) {
      if (names.length === maxLines) {
        throw new HeadTooLargeError(
          `Cannot accept the field section: more than ${maxLines} field lines`,
        );
      }
      const lineStart = at;
      let hash = NAME_HASH_START;
      let octet = bytes[at] ?? 0;
      for (let kind = tokenOctetKind(octet); kind !== 0; kind = tokenOctetKind(octet)) {
        kinds |= kind;
        hash = hashNameOctet(hash, octet);
        octet = bytes[++at] ?? 0;
      }
      if (at === lineStart || octet !== COLON || at >= end) {
        throw new WireError(`Cannot parse a field line: ${whyNoName(octet, at === lineStart)}`);
      }
      const name = lowerCaseName(bytes, { start: lineStart, end: at, hash });
      at++;
      while (bytes[at] === SP || bytes[at] === HTAB) at++;
      const valueStart = at;
      while (isFieldOctet(bytes[at] ?? 0)) at++;
      if (bytes[at] !== CR || bytes[at + 1] !== LF || at + 2 > end) {
        // RFC 9110 section 5.5: a recipient of CR, LF or NUL must reject it or replace it by SP. We
        // are stricter here: no control character is ever replaced.
        throw new WireError("Cannot parse a field line: a control character in its value");
      }
      let valueEnd = at;
      while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) valueEnd--;
      at += 2;
      names.push(name);
      offsets.push(valueStart, valueEnd, at);
    }
    return new Fields(bytes, { start, names, offsets, hasOddNames: hasOddOctet(kinds) });
  }

  /** How many field lines there are. */
  get size(): number {
    return this.#names.length;
  }

  /** The name of line `index`, in lower case. */
  name(index: number): string {
    return this.#names[index] ?? "";
  }

  /** The value of line `index`, without the white space around it, one character per octet. */
  value(index: number): string {
    const at = index * OFFSETS_PER_LINE;
    return decodeLatin1(this.#bytes, this.#offsets[at] ?? 0, this.#offsets[at + 1] ?? 0);
  }

  /** Tells whether the value of line `index` is this text, octet for octet, without decoding it. */
  valueIs(index: number, text: string): boolean {
    const start = this.#offsets[index * OFFSETS_PER_LINE] ?? 0;
    const end = this.#offsets[index * OFFSETS_PER_LINE + 1] ?? 0;
    if (end - start !== text.length) return false;
    for (let at = 0; at < text.length; at++) {
      if (this.#bytes[start + at] !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  /** The first line at or after `from` that has that name (lower case); -1 if none has. */
  find(name: string, from = 0): number {
    return this.#names.indexOf(name, from);
  }

  /** Tells whether a line has that name (lower case). */
  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** The value of the first line of that name (lower case), if there is one. */
  get(name: string): string | undefined {
    const index = this.#names.indexOf(name);
    return index < 0 ? undefined : this.value(index);
  }

  /** The values of all lines of that name (lower case), in order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let index = 0; index < this.#names.length; index++) {
      if (this.#names[index] === name) values.push(this.value(index));
    }
    return values;
  }

  /** The members of a comma-separated list field, trimmed, in lower case, empty ones dropped. */
  list(name: string): string[] {
    if (!this.has(name)) return [];
    return this.getAll(name).join(",").toLowerCase().split(",").map((member) => member.trim())
      .filter((member) => member !== "");
  }

  /**
   * What Connection names, on all its lines, in lower case (RFC 9110 section 7.6.1). Worked out once:
   * asked for in time, it can be asked for again when the octets are gone.
   */
  get connectionOptions(): readonly string[] {
    return this.#connectionOptions ??= this.#readConnectionOptions();
  }

  #readConnectionOptions(): readonly string[] {
    const line = this.find("connection");
    if (line < 0) return nothing;
    // Nearly all messages have no Connection, or this.
    if (this.valueIs(line, "keep-alive") && this.find("connection", line + 1) < 0) return keepAlive;
    return this.list("connection");
  }

  /** Appends line `index` as it came, with its CRLF. */
  appendLineTo(sink: RangeSink, index: number): void {
    this.appendLinesTo(sink, { from: index, to: index + 1 });
  }

  /** Appends the lines `[from, to)` as they came, each with its CRLF. */
  appendLinesTo(sink: RangeSink, { from, to }: { from: number; to: number }): void {
    if (from === to) return;
    sink.copy(this.#bytes, { start: this.#lineStart(from), end: this.#lineStart(to) });
  }

  #lineStart(index: number): number {
    return index === 0 ? this.#start : this.#offsets[index * OFFSETS_PER_LINE - 1] ?? 0;
  }
}

const nothing: readonly string[] = [];
const keepAlive: readonly string[] = ["keep-alive"];

function isBlank(octet: number | undefined): boolean {
  return octet === SP || octet === HTAB;
}

function whyNoName(octet: number, atStart: boolean): string {
  if (octet === SP || octet === HTAB) {
    // RFC 9112 section 5.2 (obs-fold) and section 5.1 (white space before the colon).
    return atStart ? "it is folded (obs-fold)" : "white space in or after its name";
  }
  if (atStart && octet === COLON) return "its name is empty";
  if (octet === CR || octet === LF) return "it has no colon";
  return "a character that a field name cannot have";
}
