/**
 * Every failure that a client of the proxy can meet, and what it is told: one kind, one row.
 *
 * @module
 */

/** Who caused it: the client, the service behind us, or this proxy and its configuration. */
export type Side = "downstream" | "upstream" | "internal";

interface Row {
  readonly status: number;
  readonly side: Side;
  /** Proxy error type of RFC 9209 section 2.3. */
  readonly proxyError: string;
  readonly title: string;
}

/** The one table from kind to HTTP status, side and `Proxy-Status` error type. */
export const errorKinds = {
  malformed_request: {
    status: 400,
    side: "downstream",
    proxyError: "http_request_error",
    title: "The request is malformed or ambiguous",
  },
  head_too_large: {
    status: 431,
    side: "downstream",
    proxyError: "http_request_error",
    title: "The request head is too large",
  },
  head_timeout: {
    status: 408,
    side: "downstream",
    proxyError: "http_request_error",
    title: "The request did not arrive in time",
  },
  method_refused: {
    status: 403,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "The method is not allowed",
  },
  endpoint_refused: {
    status: 403,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "The endpoint gives out credentials",
  },
  unsignable_request: {
    status: 400,
    side: "downstream",
    proxyError: "http_request_error",
    title: "The request cannot be signed for AWS",
  },
  unsignable_content: {
    status: 413,
    side: "downstream",
    proxyError: "http_request_error",
    title: "The request's content is too large to be signed",
  },
  canary_refused: {
    status: 403,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "The request holds a placeholder of another service",
  },
  rate_limited: {
    status: 429,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "Too many requests",
  },
  misdirected_request: {
    status: 421,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "The request names two different destinations",
  },
  agent_unauthenticated: {
    status: 407,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "This proxy demands an agent token",
  },
  certificate_refused: {
    // Not 407: another password would not help.
    status: 403,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "The client certificate is not accepted",
  },
  clear_text_refused: {
    status: 403,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "No credential is sent in clear",
  },
  destination_prohibited: {
    status: 403,
    side: "downstream",
    proxyError: "destination_ip_prohibited",
    title: "The destination's address is not allowed",
  },
  egress_denied: {
    status: 403,
    side: "downstream",
    proxyError: "http_request_denied",
    title: "The egress policy does not allow this",
  },
  client_gone: {
    status: 400,
    side: "downstream",
    proxyError: "http_request_error",
    title: "The client left before the answer",
  },
  not_a_resource: {
    status: 404,
    side: "downstream",
    proxyError: "http_request_error",
    title: "This is a proxy; it has no such resource of its own",
  },
  loop_detected: {
    // The status that RFC 9209 recommends for this type.
    status: 502,
    side: "downstream",
    proxyError: "proxy_loop_detected",
    title: "The request has been through this proxy before",
  },
  credential_unavailable: {
    status: 502,
    side: "internal",
    proxyError: "proxy_configuration_error",
    title: "The rule's credential is not available",
  },
  dns_error: {
    status: 502,
    side: "upstream",
    proxyError: "dns_error",
    title: "The destination's name does not resolve",
  },
  dns_timeout: {
    status: 504,
    side: "upstream",
    proxyError: "dns_timeout",
    title: "The destination's name was not resolved in time",
  },
  connection_refused: {
    status: 502,
    side: "upstream",
    proxyError: "connection_refused",
    title: "The destination refused the connection",
  },
  destination_unavailable: {
    status: 502,
    side: "upstream",
    proxyError: "destination_unavailable",
    title: "The destination cannot be reached",
  },
  connection_timeout: {
    status: 504,
    side: "upstream",
    proxyError: "connection_timeout",
    title: "The destination did not accept the connection in time",
  },
  response_timeout: {
    status: 504,
    side: "upstream",
    proxyError: "http_response_timeout",
    title: "The destination did not answer in time",
  },
  tls_certificate_error: {
    status: 502,
    side: "upstream",
    proxyError: "tls_certificate_error",
    title: "The destination's certificate is not trusted",
  },
  client_certificate_refused: {
    status: 502,
    side: "upstream",
    proxyError: "tls_alert_received",
    title: "The destination does not accept the proxy's client certificate",
  },
  tls_protocol_error: {
    status: 502,
    side: "upstream",
    proxyError: "tls_protocol_error",
    title: "The TLS handshake with the destination failed",
  },
  connection_terminated: {
    status: 502,
    side: "upstream",
    proxyError: "connection_terminated",
    title: "The destination closed the connection before it answered",
  },
  malformed_response: {
    status: 502,
    side: "upstream",
    proxyError: "http_protocol_error",
    title: "The destination's response is malformed or ambiguous",
  },
  content_coding_refused: {
    status: 502,
    side: "upstream",
    proxyError: "http_response_content_coding",
    title: "The destination's response cannot be searched for credentials",
  },
  response_incomplete: {
    status: 502,
    side: "upstream",
    proxyError: "http_response_incomplete",
    title: "The destination's response ended early",
  },
  connection_limit: {
    status: 503,
    side: "internal",
    proxyError: "connection_limit_reached",
    title: "The proxy has as many connections as it may",
  },
  audit_unavailable: {
    status: 503,
    side: "internal",
    proxyError: "proxy_internal_error",
    title: "The audit log cannot be written",
  },
  internal_error: {
    status: 500,
    side: "internal",
    proxyError: "proxy_internal_error",
    title: "The proxy failed",
  },
} as const satisfies Record<string, Row>;

export type ErrorKind = keyof typeof errorKinds;

/**
 * A failure with a kind from {@linkcode errorKinds} and a text that may be shown to the client.
 *
 * The text names hosts, rules and variables; it never holds a credential. `cause` is for the log.
 */
export class ProxyError extends Error {
  readonly kind: ErrorKind;
  /** When the client may come again, in whole seconds, if that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: ErrorKind,
    text: string,
    options: { cause?: unknown; retryAfterSeconds?: number | undefined } = {},
  ) {
    super(text, "cause" in options ? { cause: options.cause } : {});
    this.name = "ProxyError";
    this.kind = kind;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return errorKinds[this.kind].status;
  }

  get side(): Side {
    return errorKinds[this.kind].side;
  }
}
