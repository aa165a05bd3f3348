/**
 * Heads and trailers as they are passed on, in both directions. Past 300 lines, because what is dropped
 * and what is added is to be compared: what one direction drops, the other must not let through.
 *
 * @module
 */
import { narrowAcceptEncoding } from "../policy/accept_encoding.ts";
import type { Injection } from "../policy/inject.ts";
import type { ProxyHop } from "../policy/proxy_hop.ts";
import type { RenderedField } from "../policy/rendered.ts";
import { mergeListField } from "../policy/list_field.ts";
import { removeQueryParameters } from "../policy/query_parameters.ts";
import type { RedactionScope } from "../policy/redaction_scope.ts";
import type { Fields } from "../wire/fields.ts";
import type { Framing } from "../wire/framing.ts";
import type { RequestHead, ResponseHead } from "../wire/http1_head.ts";
import { looseName } from "../wire/loose_name.ts";
import type { OctetBuffer } from "../wire/octet_buffer.ts";
import type { ServiceUpgrade, UpgradeProtocol } from "../wire/upgrade_protocol.ts";
import type { Protocol } from "./protocol.ts";
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

const indispensable: ReadonlySet<string> = new Set(["content-length", "content-type", "host"]);

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

/** Fields that no longer fit once the content coding is off (RFC 9530 section 2, RFC 3230). */
const ofCodedContent: ReadonlySet<string> = new Set([
  "content-digest",
  "content-encoding",
  "content-md5",
  "digest",
]);

/** A refusal of ours is known by this field (I10): no upstream may speak in our name. */
const OURS = "proxy-status";

/** It would move the client to another port or to QUIC, past the proxy. */
const ALTERNATIVE = "alt-svc";

/** Whether the sender wants the connection to end after this message (RFC 9112 section 9.3). */
export function wantsClose(
  { fields, minorVersion }: { fields: Fields; minorVersion: number },
): boolean {
  return minorVersion === 0 || fields.connectionOptions.includes("close");
}

/**
 * The protocol that a request asks to switch to, if it is one that is passed on: websocket, and what
 * the request's rule names. `h2c` is never: it would turn the connection into one whose requests nobody
 * checks (I5).
 *
 * @param options `allowed` is the rule's `upgrades`.
 */
export function requestedUpgrade(
  { fields, minorVersion, method }: RequestHead,
  { framing, allowed }: { framing: Framing; allowed?: readonly ServiceUpgrade[] | undefined },
): UpgradeProtocol | undefined {
  if (minorVersion === 0 || !fields.has("upgrade")) return undefined;
  // After a 101, a body could be told from the tunnel by nobody.
  if (framing.kind !== "none") return undefined;
  if (!fields.connectionOptions.includes("upgrade")) return undefined;
  const asked = fields.list("upgrade");
  // RFC 6455 section 4.1: by GET.
  if (method === "GET" && asked.includes("websocket")) return "websocket";
  if (method !== "GET" && method !== "POST") return undefined;
  return allowed?.find((protocol) => asked.includes(protocol.toLowerCase()));
}

/** What a request becomes on its way to the upstream. */
export interface ForwardedRequest {
  readonly head: RequestHead;
  readonly pathAndQuery: string;
  /** The authority as it is sent in Host. */
  readonly host: string;
  readonly framing: Framing;
  readonly upgrade: UpgradeProtocol | undefined;
  readonly injection: Injection | undefined;
  readonly redaction: RedactionScope;
  /** Signs the request as it is sent. */
  readonly sign?: ((sent: SentHead) => readonly RenderedField[]) | undefined;
  /** The client has been told to go on, so Expect is at its end (RFC 9110 section 10.1.1). */
  readonly holdsContent?: boolean;
  /** What we call ourselves in Via, if anything. */
  readonly via?: string | undefined;
  /** What it was received in. */
  readonly protocol: Protocol;
  /** Another proxy that is asked in clear, and who we are there; it gets absolute-form. */
  readonly askedProxy?: Pick<ProxyHop, "login"> | undefined;
}

/** What of a request head is signed, as it is sent. */
export interface SentHead {
  readonly target: string;
  /** Content-Type, and all whose names begin with `x-amz-`; names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/**
 * Writes the request head that the upstream gets: ours is added last, after everything that carries
 * a credential of the same service has been removed (I3).
 *
 * @throws {WireError} if Connection names a field that the message cannot do without: Content-Type
 *   among them, as its value has been judged.
 */
export function writeRequestHead(
  out: OctetBuffer,
  {
    head,
    pathAndQuery,
    host,
    framing,
    upgrade,
    injection,
    redaction,
    sign,
    holdsContent = false,
    via,
    protocol,
    askedProxy,
  }: ForwardedRequest,
): void {
  const { fields, method } = head;
  const named = fields.connectionOptions;
  if (named.length > 0 && named.some((name) => indispensable.has(name))) {
    throw new WireError(
      "Cannot forward the request: Connection names Content-Length, Content-Type or Host",
    );
  }
  const path = injection === undefined ? pathAndQuery : targetOf(pathAndQuery, injection);
  const target = askedProxy === undefined ? path : absoluteForm(host, path);
  if (target === head.target && head.minorVersion === 1) {
    out.copy(head.octets, { start: 0, end: head.startLineEnd });
  } else out.text(`${method} ${target} HTTP/1.1\r\n`);
  out.text("Host: ");
  out.text(host);
  out.text("\r\n");
  const replaced = injection?.replacedFields ?? none;
  const unsearchable = unsearchableFields(redaction);
  const codings = redaction.redacts && fields.has("accept-encoding")
    ? narrowAcceptEncoding(fields.getAll("accept-encoding"))
    : undefined;
  const isDropped = (name: string) =>
    name === "host" || hopByHop.has(name) || replaced.has(name) ||
    unsearchable.has(name) || holdsContent && name === "expect" ||
    codings !== undefined && name === "accept-encoding" ||
    named.length > 0 && named.includes(name);
  copyLines(out, { fields, isDropped });
  if (codings !== undefined) out.text(`Accept-Encoding: ${codings}\r\n`);
  if (framing.kind === "chunked") out.text("Transfer-Encoding: chunked\r\n");
  if (upgrade !== undefined) out.text(`Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`);
  else if (named.includes("te") && fields.list("te").includes("trailers")) {
    out.text("Connection: TE\r\nTE: trailers\r\n");
  }
  if (via !== undefined) writeVia(out, { via, head, protocol });
  if (injection !== undefined) writeInjection(out, { fields, injection });
  if (sign !== undefined) {
    const signed = signedFields(fields, isDropped);
    for (const field of sign({ target, fields: signed })) field.appendTo(out);
  }
  askedProxy?.login?.field.appendTo(out);
  out.text("\r\n");
}

/** RFC 9112 section 3.2.2; section 3.2.4: that of `*` has no path. */
function absoluteForm(host: string, pathAndQuery: string): string {
  return `http://${host}${pathAndQuery === "*" ? "" : pathAndQuery}`;
}

function signedFields(fields: Fields, isDropped: (name: string) => boolean): SentHead["fields"] {
  const signed: (readonly [string, string])[] = [];
  for (let index = 0; index < fields.size; index++) {
    const name = fields.name(index);
    if (name !== "content-type" && !name.startsWith("x-amz-") || isDropped(name)) continue;
    if (fields.hasOddNames && isDroppedAlike(name, isDropped)) continue;
    signed.push([name, fields.value(index)]);
  }
  return signed;
}

/** The target without what the client brought, and with ours at its end (I3). */
function targetOf(pathAndQuery: string, { removeQuery, query }: Injection): string {
  const bare = removeQueryParameters(pathAndQuery, removeQuery);
  return query.reduce((target, parameter) => parameter.appendTo(target), bare);
}

/** Fields that would bring a response in which a credential could not be found. */
function unsearchableFields({ redacts, allowsRange }: RedactionScope): ReadonlySet<string> {
  return !redacts ? none : allowsRange ? manipulated : manipulatedOrPartial;
}

/** Compressed frames or messages, and differences (RFC 3229) with what they are coded in. */
const manipulated: ReadonlySet<string> = new Set([
  "a-im",
  "connect-accept-encoding",
  "grpc-accept-encoding",
  "sec-websocket-extensions",
]);
const manipulatedOrPartial: ReadonlySet<string> = new Set([...manipulated, "if-range", "range"]);

/** Adds our entry after those of others, with the version in which we got the message. */
function writeVia(
  out: OctetBuffer,
  { via, head, protocol }: {
    via: string;
    head: { readonly minorVersion: number };
    protocol: Protocol;
  },
): void {
  const version = protocol === "h2" ? "2.0" : `1.${head.minorVersion}`;
  out.text(`Via: ${version} ${via}\r\n`);
}

/** Whether a Via entry names us: we have forwarded this message before (RFC 9110 section 7.6.3). */
export function namesInVia({ fields }: RequestHead, via: string): boolean {
  if (!fields.has("via")) return false;
  const name = via.toLowerCase();
  return fields.list("via").some((entry) => entry.split(/[ \t]+/)[1] === name);
}

/**
 * Copies the field lines that are not dropped, each run of neighbours at once. What some server may
 * take for a field that is dropped is dropped as well, and so is another length than ours.
 */
function copyLines(
  out: OctetBuffer,
  { fields, isDropped }: { fields: Fields; isDropped: (name: string) => boolean },
): void {
  const { hasOddNames } = fields;
  let from = 0;
  for (let index = 0; index < fields.size; index++) {
    const name = fields.name(index);
    if (!isDropped(name) && !(hasOddNames && isDroppedAlike(name, isDropped))) continue;
    fields.appendLinesTo(out, { from, to: index });
    from = index + 1;
  }
  fields.appendLinesTo(out, { from, to: fields.size });
}

function isDroppedAlike(name: string, isDropped: (name: string) => boolean): boolean {
  const loose = looseName(name);
  return loose !== name && (loose === "content-length" || isDropped(loose));
}

const none: ReadonlySet<string> = new Set();

function writeInjection(
  out: OctetBuffer,
  { fields, injection }: { fields: Fields; injection: Injection },
): void {
  if (injection.ensureMembers.length + injection.removeMembers.length > 0) {
    writeEditedLists(out, { fields, injection });
  }
  for (const field of injection.fields) field.appendTo(out);
}

function writeEditedLists(
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
}

/** What a response becomes on its way to the client. */
export interface ForwardedResponse {
  readonly head: ResponseHead;
  /** How its body is framed towards the client. */
  readonly framing: Framing;
  readonly connection: "keep" | "close" | "upgrade";
  /** Its content coding is taken off, and with it what describes the coded octets. */
  readonly decoded: boolean;
  /** The client is on a connection that we decrypt. */
  readonly intercepted: boolean;
  /** What we call ourselves in Via, if anything. */
  readonly via?: string | undefined;
  /** What it was received in. */
  readonly protocol: Protocol;
}

/** Writes the response head that the client gets. */
export function writeResponseHead(
  out: OctetBuffer,
  { head, framing, connection, decoded, intercepted, via, protocol }: ForwardedResponse,
): void {
  const { fields, status, reason } = head;
  const named = fields.connectionOptions;
  if (head.minorVersion === 1 && reason !== "") {
    out.copy(head.octets, { start: 0, end: head.startLineEnd });
  } else out.text(`HTTP/1.1 ${status} ${reason}\r\n`);
  // RFC 9110 section 8.6: no length in these, whatever its value.
  const lengthless = status < 200 || status === 204;
  copyLines(out, {
    fields,
    isDropped: (name) => {
      if (name === "content-length") return lengthless || decoded;
      if (decoded && ofCodedContent.has(name)) return true;
      return hopByHop.has(name) || name === OURS || intercepted && name === ALTERNATIVE ||
        named.length > 0 && named.includes(name);
    },
  });
  if (via !== undefined) writeVia(out, { via, head, protocol });
  if (framing.kind === "chunked") out.text("Transfer-Encoding: chunked\r\n");
  if (connection === "close") out.text("Connection: close\r\n");
  if (connection === "upgrade") {
    out.text(`Connection: Upgrade\r\nUpgrade: ${fields.get("upgrade") ?? ""}\r\n`);
  }
  out.text("\r\n");
}

/** Trailer fields that are not passed on, beside those that never are. */
export interface DroppedTrailers {
  /** The `connectionOptions` of the message's fields. */
  readonly named: readonly string[];
  /** What carries a credential of the rule. */
  readonly carriers?: ReadonlySet<string> | undefined;
}

/** Writes the last chunk, the trailer section without what may not be in one, and its end. */
export function writeLastChunk(
  out: OctetBuffer,
  { trailers, carriers, named }: DroppedTrailers & { trailers: Fields | undefined },
): void {
  out.text("0\r\n");
  if (trailers !== undefined) {
    copyLines(out, {
      fields: trailers,
      isDropped: (name) =>
        hopByHop.has(name) || notInTrailers.has(name) || name === OURS || name === ALTERNATIVE ||
        named.includes(name) || (carriers?.has(name) ?? false),
    });
  }
  out.text("\r\n");
}
