import { errorKinds, ProxyError } from "../errors.ts";
import { encodeLatin1 } from "../wire/octets.ts";

/** How a refusal is put on the wire. */
export interface RefusalOptions {
  /** The exchange's or tunnel's name in the audit log. */
  readonly id?: string;
  /** The request's method, if it got as far: HEAD has no body. */
  readonly method?: string;
  /** The rule that the refusal comes from. */
  readonly rule?: string;
  /** Whether the connection stays open for another request. */
  readonly connection: "keep" | "close";
  /** Whether the client speaks gRPC, and looks for the reason in its fields. */
  readonly grpc?: boolean;
}

/**
 * Writes a failure as a response that cannot be taken for the upstream's: `Proxy-Status` (RFC 9209)
 * and a problem body (RFC 9457).
 */
export function refusalResponse(error: ProxyError, options: RefusalOptions): Uint8Array {
  const { status, title } = errorKinds[error.kind];
  if (options.grpc === true) return grpcRefusal(error, options);
  const body = JSON.stringify({
    type: `urn:auth-proxy:problem:${error.kind}`,
    title,
    status,
    detail: error.message,
    ...(options.rule === undefined ? {} : { rule: options.rule }),
    // RFC 9457 section 3.1.5: names this occurrence, for whoever reads the audit log.
    ...(options.id === undefined ? {} : { instance: `urn:auth-proxy:exchange:${options.id}` }),
  }) + "\n";
  const octets = new TextEncoder().encode(body);
  const head = [
    `HTTP/1.1 ${status} ${reasonPhrases[status] ?? "Error"}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${octets.length}`,
    "Cache-Control: no-store",
    `Proxy-Status: ${proxyStatus(error, options)}`,
    ...(status === 407 ? ['Proxy-Authenticate: Basic realm="auth-proxy", charset="UTF-8"'] : []),
    // RFC 9110 section 10.2.3.
    ...(error.retryAfterSeconds === undefined ? [] : [`Retry-After: ${error.retryAfterSeconds}`]),
    ...(options.connection === "close" ? ["Connection: close"] : []),
  ];
  const headOctets = encodeLatin1(head.join("\r\n") + "\r\n\r\n");
  if (options.method === "HEAD") return headOctets;
  const response = new Uint8Array(headOctets.length + octets.length);
  response.set(headOctets);
  response.set(octets, headOctets.length);
  return response;
}

/**
 * Writes a failure as gRPC knows one: a response without messages, whose status is in its head
 * ("Trailers-Only" of the protocol's HTTP/2 mapping).
 */
function grpcRefusal(error: ProxyError, options: RefusalOptions): Uint8Array {
  return encodeLatin1(
    [
      "HTTP/1.1 200 OK",
      "Content-Type: application/grpc",
      "Content-Length: 0",
      `Proxy-Status: ${proxyStatus(error, options)}`,
      `grpc-status: ${grpcStatuses[error.status] ?? GRPC_UNKNOWN}`,
      `grpc-message: ${percentEncoded(`auth-proxy: ${error.message}`)}`,
    ].join("\r\n") + "\r\n\r\n",
  );
}

/** Status codes of gRPC (its statuscodes document) by what HTTP would have said. */
const grpcStatuses: Record<number, number> = {
  400: 3, // INVALID_ARGUMENT
  403: 7, // PERMISSION_DENIED
  404: 12, // UNIMPLEMENTED
  407: 16, // UNAUTHENTICATED
  408: 4, // DEADLINE_EXCEEDED
  413: 8, // RESOURCE_EXHAUSTED
  421: 9, // FAILED_PRECONDITION
  429: 8, // RESOURCE_EXHAUSTED
  431: 8,
  500: 13, // INTERNAL
  502: 14, // UNAVAILABLE
  503: 14,
  504: 4,
};
const GRPC_UNKNOWN = 2;

/** Percent-Encoded of gRPC's HTTP/2 mapping: printable ASCII stands for itself, but for `%`. */
function percentEncoded(text: string): string {
  return Array.from(new TextEncoder().encode(text), (octet) => {
    const isPlain = octet >= 0x20 && octet <= 0x7e && octet !== 0x25;
    return isPlain
      ? String.fromCharCode(octet)
      : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** The name is here too: an answer to HEAD and one of gRPC have no body that could tell it. */
function proxyStatus(error: ProxyError, { id }: RefusalOptions): string {
  const { proxyError } = errorKinds[error.kind];
  const details = id === undefined ? error.message : `${error.message} [${id}]`;
  return `auth-proxy; error=${proxyError}; details=${structuredString(details)}`;
}

/** Turns whatever was thrown into a failure that may be shown; what is unexpected says nothing. */
export function asProxyError(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error;
  return new ProxyError("internal_error", "An unexpected failure; the proxy's log has it", {
    cause: error,
  });
}

const reasonPhrases: Record<number, string> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  413: "Content Too Large",
  421: "Misdirected Request",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** A String of RFC 9651 section 3.3.3: printable ASCII, with `"` and `\` escaped. */
function structuredString(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&")}"`;
}
