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
}

/**
 * Writes a failure as a response that cannot be taken for the upstream's: `Proxy-Status` (RFC 9209)
 * and a problem body (RFC 9457).
 */
export function refusalResponse(error: ProxyError, options: RefusalOptions): Uint8Array {
  const { status, title, proxyError } = errorKinds[error.kind];
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
    `Proxy-Status: auth-proxy; error=${proxyError}; details=${structuredString(error.message)}`,
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
