/**
 * A hostile request and what must become of it. Texts are octets, one for each UTF-16 unit.
 *
 * @module
 */

/** The readers that must not disagree with us. */
export type Peer = "llhttp" | "nginx" | "h11";

/** A request as the upstream must read it. */
export interface ExpectedRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  /** Field lines that must be there, each `name: value` with the name in lower case. */
  readonly has?: readonly string[];
  /** Fields, in lower case, that must not be there. */
  readonly lacks?: readonly string[];
  /** The trailer lines; none if not given. */
  readonly trailers?: readonly string[];
}

export interface RequestCase {
  readonly name: string;
  readonly bytes: string;
  /** The whole requests that the upstream gets, before the marker. */
  readonly upstream: readonly ExpectedRequest[];
  /** The final statuses that the client gets, before that of the marker. */
  readonly client: readonly number[];
  /** Whether the request that follows on the same connection is answered. */
  readonly marker: "answered" | "not answered";
  /** What follows: the marker request, or the end of the client's side. */
  readonly then: "marker" | "end";
  /** Whether the upstream may get a part of a request, which is then cut off. */
  readonly partial: "never" | "allowed";
  /** Readers that may refuse what we forward: they know less than HTTP allows. */
  readonly refusedBy: readonly Peer[];
}

export const host = "Host: api.github.com\r\n";

/** A GET with these field lines beside Host. */
export function get(fields: string): string {
  return `GET /x HTTP/1.1\r\n${host}${fields}\r\n`;
}

/** A POST with these field lines beside Host, and this after its head. */
export function post(fields: string, body: string): string {
  return `POST /x HTTP/1.1\r\n${host}${fields}\r\n${body}`;
}

/** A chunked POST. */
export function chunked(body: string): string {
  return post("Transfer-Encoding: chunked\r\n", body);
}

const plain = {
  upstream: [],
  client: [],
  marker: "answered",
  then: "marker",
  partial: "never",
  refusedBy: [],
} as const;

/** Refused, nothing forwarded, connection closed. */
export function refused(name: string, bytes: string, status = 400): RequestCase {
  return { ...plain, name, bytes, client: [status], marker: "not answered" };
}

/** Refused and nothing forwarded, but understood: the connection goes on. */
export function refusedAndKept(name: string, bytes: string, status: number): RequestCase {
  return { ...plain, name, bytes, client: [status] };
}

/** Refused when the body turned out malformed: the upstream gets no whole request. */
export function cut(name: string, bytes: string): RequestCase {
  return { ...plain, name, bytes, client: [400], marker: "not answered", partial: "allowed" };
}

/** Never completed by the client, which ends its side: nobody is answered. */
export function abandoned(name: string, bytes: string): RequestCase {
  return { ...plain, name, bytes, marker: "not answered", partial: "allowed", then: "end" };
}

/** Forwarded as one request; what is not given is `GET /x` or `POST /x` without a body. */
export function forwarded(
  name: string,
  bytes: string,
  expected: Partial<ExpectedRequest> & Partial<Pick<RequestCase, "marker" | "refusedBy">> = {},
): RequestCase {
  const { marker = "answered", refusedBy = [], ...request } = expected;
  const method = bytes.startsWith("POST ") ? "POST" : "GET";
  const upstream = [{ method, target: "/x", body: "", ...request }];
  return { ...plain, name, bytes, upstream, client: [200], marker, refusedBy };
}

/** Something else: what is not given is as for a request that is forwarded nowhere. */
export function special(
  name: string,
  bytes: string,
  expected: Partial<Omit<RequestCase, "name" | "bytes">>,
): RequestCase {
  return { ...plain, name, bytes, ...expected };
}
