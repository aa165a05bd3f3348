import { decodeLatin1 } from "./octets.ts";
import { WireError } from "./wire_error.ts";

/** What the first bytes of a connection turned out to be. */
export type ClientHelloResult =
  | { readonly kind: "incomplete" }
  | { readonly kind: "not_tls" }
  | {
    readonly kind: "hello";
    /**
     * The host_name of the server_name extension, lower-cased, without a trailing dot. It is text of
     * printable ASCII, not yet a host: it may be an IP literal, which RFC 6066 section 3 forbids and
     * clients send, or hold a port.
     */
    readonly serverName?: string;
    /** The protocols of the ALPN extension in the client's order, one code unit for each octet. */
    readonly alpn: readonly string[];
  };

/** RFC 8446 section 5.1: the longest fragment of a plaintext record, in bytes. */
const maxFragment = 2 ** 14;

/** Far more records than any client uses: each is looked at again whenever more has arrived. */
const maxRecords = 1024;

/** The most bytes, record headers included, in which a ClientHello must have ended. */
const maxTotal = 2 ** 16;

/**
 * Reads the ClientHello at the start of a connection, without taking part in the handshake.
 *
 * The message may be spread over any number of records (RFC 8446 section 5.1), of which any part may
 * have arrived: the result is the same however the bytes were cut. What follows the record in which
 * the hello ends (early data) is not looked at.
 *
 * @param bytes All that has arrived so far, from the first byte on.
 * @returns "not_tls" as soon as the bytes cannot be a TLS handshake record; "hello" once the message
 * is whole; "incomplete" before. An extension that is absent gives no server name, or no protocols.
 * @throws {WireError} If the records or the ClientHello (RFC 8446 section 4.1.2; extensions 4.2) are
 * malformed, the first message is another one, its server_name (RFC 6066 section 3) or ALPN (RFC 7301
 * section 3.1) extension is malformed, or it has not ended within 64 KiB.
 */
export function readClientHello(bytes: Uint8Array): ClientHelloResult {
  // ContentType handshake(22), then the major byte that every version of SSL 3 and TLS shares.
  if (bytes.length > 0 && bytes[0] !== 0x16) return { kind: "not_tls" };
  if (bytes.length > 1 && bytes[1] !== 0x03) return { kind: "not_tls" };
  const message = collectMessage(bytes);
  return message === undefined ? { kind: "incomplete" } : parseHello(new Reader(message));
}

/**
 * The body of the first handshake message, put together from its records.
 *
 * It starts over whenever more bytes arrive, so it walks the records without copying or allocating
 * until the message is whole: a peer that sends a byte at a time must not make that expensive.
 */
function collectMessage(bytes: Uint8Array): Uint8Array | undefined {
  const head: number[] = [];
  let collected = 0;
  let expected: number | undefined;
  let at = 0;
  for (let records = 1; at < bytes.length; records++) {
    if (records > maxRecords) throw malformed("it is cut into too many records");
    // RFC 8446 section 5.1: other content types must not stand between the fragments of a message.
    if (bytes[at] !== 0x16) throw malformed("a record of another type interrupts it");
    if (at + 1 < bytes.length && bytes[at + 1] !== 0x03) {
      throw malformed("a record has an unknown version");
    }
    const start = at + 5;
    if (start > bytes.length) break;
    const length = uint16(bytes, at + 3);
    if (length === 0) throw malformed("a handshake record is empty");
    if (length > maxFragment) throw malformed("a record is longer than 16 KiB");
    at = start + length;
    const arrived = Math.min(at, bytes.length) - start;
    for (let index = start; head.length < 4 && index < start + arrived; index++) {
      head.push(bytes[index] ?? 0);
    }
    expected ??= messageLength(head);
    // RFC 8446 section 5.1: what precedes a key change must end where its record ends.
    const lacking = expected === undefined ? 0 : expected - collected - length;
    if (lacking < 0) throw malformed("something follows it in its last record");
    const headers = 5 * Math.ceil(lacking / maxFragment);
    if (at + lacking + headers > maxTotal) throw malformed("it does not end within 64 KiB");
    collected += arrived;
    if (collected === expected) return joinFragments(bytes, expected).subarray(4);
  }
  return undefined;
}

/** Bytes of the first handshake message, header included, once that header is there. */
function messageLength(head: readonly number[]): number | undefined {
  const [type, high = 0, middle = 0, low] = head;
  // RFC 8446 section 4: HandshakeType client_hello(1), then a length of three bytes.
  if (type !== undefined && type !== 1) throw malformed("the first message is another one");
  return low === undefined ? undefined : 4 + (high << 16) + (middle << 8) + low;
}

/** Copies `length` bytes out of records that {@linkcode collectMessage} has checked. */
function joinFragments(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (let joined = 0; joined < length;) {
    const size = uint16(bytes, at + 3);
    whole.set(bytes.subarray(at + 5, at + 5 + size), joined);
    at += 5 + size;
    joined += size;
  }
  return whole;
}

function parseHello(hello: Reader): ClientHelloResult {
  hello.skip(2 + 32); // legacy_version, random
  hello.vector(1, { min: 0, max: 32 }); // legacy_session_id
  const suites = hello.vector(2, { min: 2, max: 0xfffe });
  if (suites.length % 2 !== 0) throw malformed("the cipher suites are cut short");
  hello.vector(1, { min: 1, max: 0xff }); // legacy_compression_methods
  // RFC 5246 section 7.4.1.2: before TLS 1.3 a hello may end here.
  if (hello.length === 0) return { kind: "hello", alpn: [] };
  const extensions = hello.vector(2, { min: 0, max: 0xffff });
  hello.end();
  const seen = new Set<number>();
  let serverName: string | undefined;
  let alpn: readonly string[] = [];
  while (extensions.length > 0) {
    const type = extensions.uint(2);
    const data = extensions.vector(2, { min: 0, max: 0xffff });
    // RFC 8446 section 4.2: not more than one of a type. Two names would be one for us to check and
    // one for somebody else to use.
    if (seen.has(type)) throw malformed(`extension ${type} occurs twice`);
    seen.add(type);
    if (type === 0) serverName = parseServerName(data);
    else if (type === 16) alpn = parseAlpn(data);
  }
  return serverName === undefined ? { kind: "hello", alpn } : { kind: "hello", serverName, alpn };
}

/** RFC 6066 section 3. */
function parseServerName(data: Reader): string | undefined {
  const list = data.vector(2, { min: 1, max: 0xffff });
  data.end();
  const seen = new Set<number>();
  let name: string | undefined;
  while (list.length > 0) {
    const type = list.uint(1);
    // Every name type to come begins with a two-byte length, so an unknown one can be passed over.
    const value = list.vector(2, { min: 1, max: 0xffff });
    if (seen.has(type)) throw malformed(`the server name list has two names of type ${type}`);
    seen.add(type);
    if (type === 0) name = hostName(value);
  }
  return name;
}

function hostName(value: Reader): string {
  const text = value.text();
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // We are stricter here than "ASCII": no white space or control character either.
    if (code <= 0x20 || code >= 0x7f) {
      throw malformed("the server name holds a byte that is not printable ASCII");
    }
  }
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  if (name === "") throw malformed("the server name is empty");
  return name.toLowerCase();
}

/** RFC 7301 section 3.1. */
function parseAlpn(data: Reader): readonly string[] {
  const list = data.vector(2, { min: 2, max: 0xffff });
  data.end();
  const protocols: string[] = [];
  while (list.length > 0) protocols.push(list.vector(1, { min: 1, max: 0xff }).text());
  return protocols;
}

/** Takes values off the front of a vector in the presentation language of RFC 8446 section 3. */
class Reader {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes left. */
  get length(): number {
    return this.#bytes.length;
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** An unsigned integer of `size` bytes. */
  uint(size: number): number {
    return this.#take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** A vector whose length takes `size` bytes, with the bounds that the RFC gives it. */
  vector(size: number, bounds: { min: number; max: number }): Reader {
    const length = this.uint(size);
    if (length < bounds.min || length > bounds.max) throw malformed("a vector has a wrong length");
    return new Reader(this.#take(length));
  }

  /** All that is left, one code unit for each octet. */
  text(): string {
    return decodeLatin1(this.#bytes, 0, this.#bytes.length);
  }

  end(): void {
    if (this.#bytes.length > 0) throw malformed("bytes are left over at the end of a structure");
  }

  #take(count: number): Uint8Array {
    if (count > this.#bytes.length) throw malformed("it is shorter than its lengths say");
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function malformed(state: string): WireError {
  return new WireError(`Cannot read the ClientHello: ${state}`);
}
