/**
 * A hostile response and what the client must get. Texts are octets, one for each UTF-16 unit.
 *
 * @module
 */

/** What the client gets for the request that is answered so. */
export type ExpectedResponse =
  /** A refusal of ours, recognisable as such. */
  | { readonly kind: "refused"; readonly interim: readonly number[] }
  /** A message that is visibly not whole, or none; then the end of the connection. */
  | { readonly kind: "cut" }
  | {
    readonly kind: "relayed";
    readonly status: number;
    readonly body: string;
    readonly interim: readonly number[];
    /** Field lines that must be there, each `name: value` with the name in lower case. */
    readonly has: readonly string[];
    /** Fields, in lower case, that must not be there. */
    readonly lacks: readonly string[];
    readonly trailers: readonly string[];
    /** Whether the client's connection goes on. */
    readonly connection: "kept" | "ended";
  };

export interface ResponseCase {
  readonly name: string;
  readonly bytes: string;
  /** What the upstream does after that. */
  readonly then: "keeps" | "closes";
  /** Sent before the request has come. */
  readonly early: string;
  /** Sent unasked on the connection after the client has had its answer. */
  readonly later: string;
  readonly method: string;
  readonly version: "HTTP/1.0" | "HTTP/1.1";
  /** Field lines of the request. */
  readonly requestFields: string;
  /** Whether the connection to the upstream may carry another exchange afterwards. */
  readonly upstream: "may be kept" | "is spoilt";
  readonly expected: ExpectedResponse;
}

type Options = Partial<Omit<ResponseCase, "name" | "bytes" | "expected">>;
type Relayed = Partial<Extract<ExpectedResponse, { kind: "relayed" }>>;

const plain = {
  then: "keeps",
  early: "",
  later: "",
  method: "GET",
  version: "HTTP/1.1",
  requestFields: "",
  upstream: "is spoilt",
} as const;

/** A 200 with these field lines, and this after its head. */
export function ok(fields: string, body: string): string {
  return `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`;
}

/** Answered with a refusal of ours. */
export function refused(
  name: string,
  bytes: string,
  { interim = [], ...options }: Options & { interim?: readonly number[] } = {},
): ResponseCase {
  return { ...plain, name, bytes, ...options, expected: { kind: "refused", interim } };
}

/** Cut, so that the client can see it. */
export function cut(name: string, bytes: string, options: Options = {}): ResponseCase {
  return { ...plain, name, bytes, ...options, expected: { kind: "cut" } };
}

/** Relayed, with more than the answer behind it. */
export function relayedAndSpoilt(
  name: string,
  bytes: string,
  options: Options & { expected?: Relayed } = {},
): ResponseCase {
  return relayed(name, bytes, { ...options, upstream: "is spoilt" });
}

/** Relayed; what is not given is a 200 with the body "hello" on a connection that is kept. */
export function relayed(
  name: string,
  bytes: string,
  { expected = {}, ...options }: Options & { expected?: Relayed } = {},
): ResponseCase {
  const relayed = {
    kind: "relayed",
    status: 200,
    body: "hello",
    interim: [],
    has: [],
    lacks: [],
    trailers: [],
    connection: "kept",
  } as const;
  return {
    ...plain,
    name,
    bytes,
    upstream: "may be kept",
    ...options,
    expected: { ...relayed, ...expected },
  };
}
