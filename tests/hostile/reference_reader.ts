/**
 * Reads what the proxy wrote, as the RFC's grammar says and in no other way: whatever is not
 * well-formed to the letter is an error. It shares no code with src/wire, so that a mistake made there
 * is not made here again; octets are ISO 8859-1 text throughout.
 *
 * @module
 */

export type FieldLine = readonly [name: string, value: string];

/** One whole message. */
export interface ReadMessage {
  readonly startLine: string;
  readonly fields: readonly FieldLine[];
  readonly framing: "none" | "length" | "chunked" | "close";
  readonly body: string;
  readonly trailers: readonly FieldLine[];
  /** Offset after its last octet. */
  readonly end: number;
}

export interface ReadRequest extends ReadMessage {
  readonly method: string;
  readonly target: string;
}

export interface ReadResponse extends ReadMessage {
  readonly status: number;
}

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.1$/;
const statusLine = /^HTTP\/1\.1 ([1-5][0-9][0-9]) [\t\x20-\x7e\x80-\xff]*$/;
const fieldLine =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[^ \t])?)[ \t]*$/;

/** Every whole request in `text`, and where the first one that is not whole begins. */
export function readRequests(text: string): { requests: ReadRequest[]; end: number } {
  const requests: ReadRequest[] = [];
  let end = 0;
  while (end < text.length) {
    const head = readHead(text, end);
    if (head === undefined) break;
    const [, method, target] = requestLine.exec(head.startLine) ?? [];
    if (method === undefined || target === undefined) {
      throw malformed("request line", head.startLine);
    }
    const body = readBody(text, { ...head, fallback: "none" });
    if (body === undefined) break;
    requests.push({ ...head, ...body, method, target });
    end = body.end;
  }
  return { requests, end };
}

/**
 * Every whole response in `text`, interim ones included.
 *
 * @param methods The methods of the requests that are answered, in order.
 * @param ended Whether nothing follows, so that a body without a length is whole.
 */
export function readResponses(
  text: string,
  { methods, ended }: { methods: readonly string[]; ended: boolean },
): { responses: ReadResponse[]; end: number } {
  const responses: ReadResponse[] = [];
  let end = 0;
  let finals = 0;
  while (end < text.length) {
    const head = readHead(text, end);
    if (head === undefined) break;
    const status = Number(statusLine.exec(head.startLine)?.[1]);
    if (Number.isNaN(status)) throw malformed("status line", head.startLine);
    const bodiless = status < 200 || status === 204 || status === 304 || methods[finals] === "HEAD";
    if (status < 200 || status === 204) {
      if (values(head.fields, "content-length").length > 0) {
        throw malformed("length", head.startLine);
      }
    }
    const body = bodiless
      ? { framing: "none", body: "", trailers: [], end: head.end } as const
      : readBody(text, { ...head, fallback: "close" });
    if (body === undefined || (body.framing === "close" && !ended)) break;
    responses.push({ ...head, ...body, status });
    end = body.end;
    if (status >= 200) finals++;
    if (status === 101) break;
  }
  return { responses, end };
}

/** The values of every line of that name (lower case). */
export function values(fields: readonly FieldLine[], name: string): string[] {
  return fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

interface Head {
  readonly startLine: string;
  readonly fields: FieldLine[];
  readonly end: number;
}

function readHead(text: string, start: number): Head | undefined {
  const close = text.indexOf("\r\n\r\n", start);
  if (close < 0) return undefined;
  const [startLine = "", ...lines] = text.slice(start, close).split("\r\n");
  return { startLine, fields: lines.map(readFieldLine), end: close + 4 };
}

function readFieldLine(line: string): FieldLine {
  const [, name, value] = fieldLine.exec(line) ?? [];
  if (name === undefined || value === undefined) throw malformed("field line", line);
  return [name, value];
}

type Body = Pick<ReadMessage, "framing" | "body" | "trailers" | "end">;

function readBody(
  text: string,
  { fields, end: start, fallback }: Head & { fallback: "none" | "close" },
): Body | undefined {
  const codings = values(fields, "transfer-encoding");
  const lengths = values(fields, "content-length");
  if (codings.length + lengths.length > 1) throw malformed("framing", JSON.stringify(fields));
  const [coding] = codings;
  const [length] = lengths;
  if (coding !== undefined) {
    if (coding !== "chunked") throw malformed("Transfer-Encoding", coding);
    return readChunks(text, start);
  }
  if (length !== undefined) {
    if (!/^[0-9]{1,16}$/.test(length)) throw malformed("Content-Length", length);
    const end = start + Number(length);
    if (end > text.length) return undefined;
    return { framing: "length", body: text.slice(start, end), trailers: [], end };
  }
  const end = fallback === "none" ? start : text.length;
  return { framing: fallback, body: text.slice(start, end), trailers: [], end };
}

function readChunks(text: string, start: number): Body | undefined {
  let body = "";
  for (let at = start;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = text.slice(at, lineEnd);
    // We write no extension and no leading zero.
    if (!/^(0|[1-9a-f][0-9a-f]{0,11})$/.test(size)) throw malformed("chunk size", size);
    at = lineEnd + 2;
    if (size === "0") {
      const close = text.startsWith("\r\n", at) ? at - 2 : text.indexOf("\r\n\r\n", at);
      if (close < 0) return undefined;
      const lines = close < at ? [] : text.slice(at, close).split("\r\n");
      return { framing: "chunked", body, trailers: lines.map(readFieldLine), end: close + 4 };
    }
    const dataEnd = at + parseInt(size, 16);
    if (dataEnd + 2 > text.length) return undefined;
    if (!text.startsWith("\r\n", dataEnd)) {
      throw malformed("chunk end", text.slice(dataEnd, dataEnd + 8));
    }
    body += text.slice(at, dataEnd);
    at = dataEnd + 2;
  }
}

function malformed(what: string, text: string): Error {
  return new Error(`Not well-formed, ${what}: ${JSON.stringify(text.slice(0, 200))}`);
}
