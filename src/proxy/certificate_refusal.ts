/**
 * A service that does not accept the certificate that it was shown, or wants one and got none. Up to
 * TLS 1.2 that ends the handshake; in TLS 1.3 our side of it is over by then, and what comes is an
 * alert in the place of an answer (RFC 8446 section 4.4.2.4), or the bare end of the connection.
 *
 * @module
 */
import { type ErrorKind, ProxyError } from "../errors.ts";
import { credentialOf } from "../policy/rule.ts";
import { dateOf } from "../secrets/client_certificate.ts";
import type { ClientCertificate } from "../secrets/client_certificate.ts";
import type { Route } from "./route.ts";

/** As rustls calls the alerts of RFC 8446 section 6.2 that are about the other side's certificate. */
const alert =
  /fatal alert: (CertificateRequired|BadCertificate|UnsupportedCertificate|CertificateRevoked|CertificateExpired|CertificateUnknown|UnknownCA|AccessDenied)/i;

/** How it looks if the alert does not come, or comes as something else. */
const unclear: ReadonlySet<ErrorKind> = new Set(["connection_terminated", "tls_protocol_error"]);

interface Shown {
  readonly name: string;
  readonly clientCertificate: ClientCertificate | undefined;
}

/** The failure to report if this is, or may be, such an alert; `undefined` if it is something else. */
export function handshakeRefusal(cause: unknown, shown: Shown): ProxyError | undefined {
  const text = textOf(cause);
  const [, kind] = alert.exec(text) ?? [];
  if (kind !== undefined) return refusal(shown, { kind, cause });
  if (!/fatal alert: HandshakeFailure/i.test(text)) return undefined;
  // Up to TLS 1.2 this may be said of a missing certificate (RFC 5246 section 7.4.6), and of much else.
  const { name, clientCertificate } = shown;
  const guess = clientCertificate === undefined
    ? "demand a client certificate"
    : `not accept the client certificate ${described(clientCertificate)}`;
  return new ProxyError(
    "tls_protocol_error",
    `The TLS handshake with ${name} failed (TLS alert HandshakeFailure); it may ${guess}`,
    { cause },
  );
}

/**
 * What the beginning of a connection, or an exchange on it, failed with; a refusal of our certificate is
 * called one.
 *
 * @param options `reused`: an exchange has been carried before, so nothing was refused.
 */
export function asCertificateRefusal(
  error: unknown,
  { route, reused }: { route: Route; reused: boolean },
): unknown {
  if (!(error instanceof ProxyError) || !unclear.has(error.kind)) return error;
  const { authority, rule } = route;
  const clientCertificate = rule === undefined ? undefined : credentialOf(rule).clientCertificate;
  const shown = { name: authority.host, clientCertificate };
  const refused = handshakeRefusal(error.cause, shown);
  if (refused !== undefined) return refused;
  if (clientCertificate === undefined || reused) return error;
  return new ProxyError(
    error.kind,
    `${error.message}; it may not accept the client certificate ${described(clientCertificate)}`,
    { cause: error.cause },
  );
}

function refusal(
  { name, clientCertificate }: Shown,
  { kind, cause }: { kind: string; cause: unknown },
): ProxyError {
  const message = clientCertificate === undefined
    ? `${name} demands a client certificate, and there is none for it (TLS alert ${kind})`
    : `${name} does not accept the client certificate ${described(clientCertificate)} ` +
      `(TLS alert ${kind})`;
  return new ProxyError("client_certificate_refused", message, { cause });
}

function described({ subject, notAfter }: ClientCertificate): string {
  return `${subject}, valid until ${dateOf(notAfter)}`;
}

/** What it says, and what it was caused by. */
function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause === undefined ? cause.message : `${cause.message} ${textOf(cause.cause)}`;
}
