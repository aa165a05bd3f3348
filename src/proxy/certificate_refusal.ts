/**
 * A service that does not accept the certificate that it was shown, or wants one and got none. Up to
 * TLS 1.2 that ends the handshake; in TLS 1.3 our side of it is over by then, and what comes is an
 * alert in the place of an answer (RFC 8446 section 4.4.2.4), or the bare end of the connection.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import { credentialOf } from "../policy/rule.ts";
import { dateOf } from "../secrets/client_certificate.ts";
import type { ClientCertificate } from "../secrets/client_certificate.ts";
import type { Route } from "./route.ts";
import type { UpstreamConnection } from "./upstream_pool.ts";

/** As rustls calls the alerts of RFC 8446 section 6.2 that are about the other side's certificate. */
const alert =
  /fatal alert: (CertificateRequired|BadCertificate|UnsupportedCertificate|CertificateRevoked|CertificateExpired|CertificateUnknown|UnknownCA|AccessDenied)/i;

interface Shown {
  readonly name: string;
  readonly clientCertificate: ClientCertificate | undefined;
}

/** The failure to report if this is such an alert; `undefined` if it is something else. */
export function handshakeRefusal(cause: unknown, shown: Shown): ProxyError | undefined {
  const [, kind] = alert.exec(textOf(cause)) ?? [];
  return kind === undefined ? undefined : refusal(shown, { kind, cause });
}

/** What an exchange on a connection failed with; a refusal of our certificate is called one. */
export function asCertificateRefusal(
  error: unknown,
  { connection, route }: { connection: UpstreamConnection; route: Route },
): unknown {
  if (!(error instanceof ProxyError) || error.kind !== "connection_terminated") return error;
  const { authority, rule } = route;
  const clientCertificate = rule === undefined ? undefined : credentialOf(rule).clientCertificate;
  const shown = { name: authority.host, clientCertificate };
  const refused = handshakeRefusal(error.cause, shown);
  if (refused !== undefined) return refused;
  if (clientCertificate === undefined || connection.reused) return error;
  return new ProxyError(
    "connection_terminated",
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

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
