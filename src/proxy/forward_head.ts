import type { Injection } from "../policy/inject.ts";
import { mergeListField } from "../policy/list_field.ts";
import { removeQueryParameters } from "../policy/query_parameters.ts";
import type { Fields } from "../wire/fields.ts";
import type { Framing } from "../wire/framing.ts";
import type { RequestHead, ResponseHead } from "../wire/http1_head.ts";
import type { OctetBuffer } from "../wire/octet_buffer.ts";
import { WireError } from "../wire/wire_error.ts";

/** RFC 9110 section 7.6.1, and what is said to a proxy alone. Our own are written where needed. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Never in a trailer section (RFC 9110 section 6.5.1): framing, routing and authentication. */
const notInTrailers: ReadonlySet<string> = new Set([
  "authorization",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "host",
  "set-cookie",
  "trailer",
  "www-authenticate",
]);

/** What an upstream must not say in our name or to lead the client around us. */
const notFromUpstream: ReadonlySet<string> = new Set([
  // A refusal of ours is known by this field (I10).
  "proxy-status",
  // It would move the client to another port or to QUIC, past the proxy.
  "alt-svc",
]);

/** The fields named in Connection (RFC 9110 section 7.6.1). */
function connectionOptions(fields: Fields): readonly string[] {
  return fields.has("connection") ? fields.list("connection") : [];
}

/** Whether the sender wants the connection to end after this message (RFC 9112 section 9.3). */
export function wantsClose(
  { fields, minorVersion }: { fields: Fields; minorVersion: number },
): boolean {
  return minorVersion === 0 || connectionOptions(fields).includes("close");
}

/**
 * The protocol that a request asks to switch to, if it is one that is passed on: websocket.
 * `h2c` is not: it would turn the connection into one whose requests nobody checks (I5).
 */
export function requestedUpgrade(
  { fields, minorVersion, method }: RequestHead,
  framing: Framing,
): "websocket" | undefined {
  if (minorVersion === 0 || method !== "GET" || !fields.has("upgrade")) return undefined;
  // RFC 6455 section 4.1 knows no body; after a 101 it could be told from the tunnel by nobody.
  if (framing.kind !== "none") return undefined;
  if (!connectionOptions(fields).includes("upgrade")) return undefined;
  return fields.list("upgrade").includes("websocket") ? "websocket" : undefined;
}

/** What a request becomes on its way to the upstream. */
export interface ForwardedRequest {
  readonly head: RequestHead;
  readonly pathAndQuery: string;
  /** The authority as it is sent in Host. */
  readonly host: string;
  readonly framing: Framing;
  readonly upgrade: string | undefined;
  readonly injection: Injection | undefined;
}

/**
 * Writes the request head that the upstream gets: ours is added last, after everything that carries
 * a credential of the same service has been removed (I3).
 *
 * @throws {WireError} if Connection names a field that the message cannot do without.
 */
export function writeRequestHead(
  out: OctetBuffer,
  { head, pathAndQuery, host, framing, upgrade, injection }: ForwardedRequest,
): void {
  const { fields, method } = head;
  const named = connectionOptions(fields);
  if (named.includes("content-length") || named.includes("host")) {
    throw new WireError("Cannot forward the request: Connection names Content-Length or Host");
  }
  const target = injection === undefined
    ? pathAndQuery
    : removeQueryParameters(pathAndQuery, injection.removeQuery);
  out.text(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n`);
  for (let index = 0; index < fields.size; index++) {
    const name = fields.name(index);
    if (name === "host" || hopByHop.has(name) || named.includes(name)) continue;
    if (injection !== undefined && isReplaced(name, injection)) continue;
    fields.appendLineTo(out, index);
  }
  if (framing.kind === "chunked") out.text("Transfer-Encoding: chunked\r\n");
  if (upgrade !== undefined) out.text(`Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`);
  else if (named.includes("te") && fields.list("te").includes("trailers")) {
    out.text("Connection: TE\r\nTE: trailers\r\n");
  }
  if (injection !== undefined) writeInjection(out, { fields, injection });
  out.text("\r\n");
}

function isReplaced(
  name: string,
  { removeFields, ensureMembers, removeMembers }: Injection,
): boolean {
  return removeFields.has(name) || ensureMembers.some(({ field }) => field === name) ||
    removeMembers.some(({ field }) => field === name);
}

function writeInjection(
  out: OctetBuffer,
  { fields, injection }: { fields: Fields; injection: Injection },
): void {
  const { ensureMembers, removeMembers } = injection;
  for (const field of new Set([...ensureMembers, ...removeMembers].map(({ field }) => field))) {
    const merged = mergeListField(fields.getAll(field), {
      ensure: ensureMembers.filter((entry) => entry.field === field).map(({ member }) => member),
      dropPrefixes: removeMembers.filter((entry) => entry.field === field).map(({ prefix }) =>
        prefix
      ),
    });
    if (merged !== undefined) out.text(`${field}: ${merged}\r\n`);
  }
  for (const field of injection.fields) field.appendTo(out);
}

/** What a response becomes on its way to the client. */
export interface ForwardedResponse {
  readonly head: ResponseHead;
  /** How its body is framed towards the client. */
  readonly framing: Framing;
  readonly connection: "keep" | "close" | "upgrade";
  /** The client is on a connection that we decrypt. */
  readonly intercepted: boolean;
}

/** Writes the response head that the client gets. */
export function writeResponseHead(
  out: OctetBuffer,
  { head, framing, connection, intercepted }: ForwardedResponse,
): void {
  const { fields, status, reason } = head;
  const named = connectionOptions(fields);
  out.text(`HTTP/1.1 ${status} ${reason}\r\n`);
  for (let index = 0; index < fields.size; index++) {
    const name = fields.name(index);
    if (hopByHop.has(name)) continue;
    if (named.includes(name) && name !== "content-length") continue;
    if (intercepted && notFromUpstream.has(name)) continue;
    // RFC 9110 section 8.6: not in these, whatever its value.
    if (name === "content-length" && (status < 200 || status === 204)) continue;
    fields.appendLineTo(out, index);
  }
  if (framing.kind === "chunked") out.text("Transfer-Encoding: chunked\r\n");
  if (connection === "close") out.text("Connection: close\r\n");
  if (connection === "upgrade") {
    out.text(`Connection: Upgrade\r\nUpgrade: ${fields.get("upgrade") ?? ""}\r\n`);
  }
  out.text("\r\n");
}

/** Writes the last chunk, the trailer section without what may not be in one, and its end. */
export function writeLastChunk(
  out: OctetBuffer,
  { trailers, removed }: { trailers: Fields | undefined; removed?: ReadonlySet<string> },
): void {
  out.text("0\r\n");
  for (let index = 0; index < (trailers?.size ?? 0); index++) {
    const name = trailers?.name(index) ?? "";
    if (hopByHop.has(name) || notInTrailers.has(name) || notFromUpstream.has(name)) continue;
    if (removed?.has(name)) continue;
    trailers?.appendLineTo(out, index);
  }
  out.text("\r\n");
}
