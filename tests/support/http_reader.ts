/**
 * A small HTTP/1.1 reader for tests, of its own and not that of src/wire, so that a mistake made
 * there is not made here again. It keeps field lines exactly as they came.
 *
 * @module
 */

/** A stream of bytes that is read by pulling: `Deno.Conn`, or anything like it. */
export interface ByteSource {
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Name and value of one field line; the name as it was spelled, the value trimmed. */
export type FieldLine = readonly [name: string, value: string];

export interface MessageHead {
  /** Request line or status line. */
  readonly startLine: string;
  readonly fields: readonly FieldLine[];
}

const bufferBytes = 64 * 1024;
const decoder = new TextDecoder("latin1");

export class HttpReader {
  readonly #source: ByteSource;
  readonly #buffer = new Uint8Array(bufferBytes);
  #start = 0;
  #end = 0;
  #ended = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The next head, or undefined if the stream ends before its first byte. */
  async readHead(): Promise<MessageHead | undefined> {
    const startLine = await this.readLine();
    if (startLine === undefined) return undefined;
    return { startLine, fields: await this.readFields() };
  }

  /** Field lines up to and with the empty line: those of a head, or trailers. */
  async readFields(): Promise<FieldLine[]> {
    const fields: FieldLine[] = [];
    for (;;) {
      const line = await this.readLine();
      if (line === undefined) throw new Error("The stream ended inside a head");
      if (line === "") return fields;
      const colon = line.indexOf(":");
      if (colon < 1) throw new Error(`No field line: ${JSON.stringify(line)}`);
      fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
    }
  }

  /** One line without its CRLF, or undefined if the stream ends before its first byte. */
  async readLine(): Promise<string | undefined> {
    let line = "";
    for (;;) {
      const newline = this.#buffer.subarray(this.#start, this.#end).indexOf(0x0a);
      const taken = newline < 0 ? this.#end : this.#start + newline + 1;
      line += decoder.decode(this.#buffer.subarray(this.#start, taken));
      this.#start = taken;
      if (newline >= 0) {
        if (!line.endsWith("\r\n")) throw new Error(`No CRLF ends ${JSON.stringify(line)}`);
        return line.slice(0, -2);
      }
      if (!await this.#fill()) {
        if (line === "") return undefined;
        throw new Error(`The stream ended inside the line ${JSON.stringify(line)}`);
      }
    }
  }

  /**
   * At most `limit` bytes, or undefined at the end of the stream. The bytes are a view that is
   * valid until the next call.
   */
  async readSome(limit: number = bufferBytes): Promise<Uint8Array | undefined> {
    if (this.#start === this.#end && !await this.#fill()) return undefined;
    const end = Math.min(this.#end, this.#start + limit);
    const bytes = this.#buffer.subarray(this.#start, end);
    this.#start = end;
    return bytes;
  }

  async readExactly(count: number): Promise<Uint8Array> {
    const result = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const bytes = await this.readSome(count - filled);
      if (bytes === undefined) throw new Error(`The stream ended ${count - filled} bytes early`);
      result.set(bytes, filled);
      filled += bytes.length;
    }
    return result;
  }

  /** The body that `fields` frame, piece by piece; each piece is valid until the next one. */
  async *body(
    fields: readonly FieldLine[],
    options: { readonly untilClose: boolean; readonly onTrailers?: (t: FieldLine[]) => void },
  ): AsyncGenerator<Uint8Array> {
    if (/\bchunked$/i.test(fieldValue(fields, "transfer-encoding") ?? "")) {
      for (;;) {
        const size = parseInt(await this.readLine() ?? "", 16);
        if (Number.isNaN(size)) throw new Error("No chunk size");
        if (size === 0) break;
        yield* this.#counted(size);
        if (await this.readLine() !== "") throw new Error("No CRLF ends the chunk");
      }
      const trailers = await this.readFields();
      options.onTrailers?.(trailers);
      return;
    }
    const length = fieldValue(fields, "content-length");
    if (length !== undefined) {
      yield* this.#counted(Number(length));
    } else if (options.untilClose) {
      for (;;) {
        const bytes = await this.readSome();
        if (bytes === undefined) return;
        yield bytes;
      }
    }
  }

  async *#counted(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      const bytes = await this.readSome(left);
      if (bytes === undefined) throw new Error(`The body ended ${left} bytes early`);
      left -= bytes.length;
      yield bytes;
    }
  }

  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    this.#start = 0;
    this.#end = 0;
    const count = await this.#source.read(this.#buffer);
    if (count === null) this.#ended = true;
    this.#end = count ?? 0;
    return count !== null;
  }
}

/** Every value of the field `name`, in order, whatever its spelling. */
export function fieldValues(fields: readonly FieldLine[], name: string): string[] {
  return fields.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, v]) => v);
}

/** The first value of the field `name`. */
export function fieldValue(fields: readonly FieldLine[], name: string): string | undefined {
  return fieldValues(fields, name)[0];
}
