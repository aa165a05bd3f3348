import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "./x509.ts";
import { toPem } from "./pem.ts";
import { randomSerialNumber } from "./serial_number.ts";

const day = 86_400_000;
/**
 * Backdated by a day, because the clocks of containers and virtual machines run behind.
 *
 * Five years: there is no revocation for a private root, so its life bounds what a stolen key is
 * worth, and ten years is longer than any machine it protects. Less than a few years would have
 * the images and trust stores into which it was baked break within their lifetime.
 */
const lifetime = { backdating: day, years: 5 * 365 * day };

/** What goes into a new CA certificate. */
export interface RootRequest {
  /** The name of this machine, for the subject. */
  readonly hostname: string;
  /** The time in milliseconds since the epoch. */
  readonly now: number;
  /**
   * What it issues certificates for. Default: servers. A root for clients says so in extendedKeyUsage
   * too, to which OpenSSL holds every certificate of a server's chain: not even who trusts it by
   * mistake accepts a server in its name.
   */
  readonly purpose?: "servers" | "clients";
}

/** A new key and its self-signed certificate, both PEM. */
export interface RootCertificate {
  readonly certificatePem: string;
  /** PKCS#8 (RFC 5958), unencrypted. */
  readonly keyPem: string;
}

/**
 * Makes an ECDSA P-256 key and the self-signed CA certificate for it, by RFC 5280 section 4.2.1:
 * basicConstraints CA:TRUE pathLen 0 and keyUsage keyCertSign + cRLSign, both critical, and a
 * subject key identifier.
 */
export async function createRootCertificate(request: RootRequest): Promise<RootCertificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const serialNumber = randomSerialNumber();
  const second = Math.floor(request.now / 1000) * 1000;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name: new Name([{ CN: [commonName(request, serialNumber)] }]),
    notBefore: new Date(second - lifetime.backdating),
    notAfter: new Date(second + lifetime.years),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      // pathLen 0: it signs end-entity certificates and no further CA.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ...(request.purpose === "clients"
        ? [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]
        : []),
      // Never critical (RFC 5280 section 4.2.1.2).
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return {
    certificatePem: toPem(new Uint8Array(certificate.rawData), "CERTIFICATE"),
    keyPem: toPem(pkcs8, "PRIVATE KEY"),
  };
}

/**
 * Names the machine and the day, so that a person who finds two of our roots in a trust store can
 * tell them apart, and six digits of the serial, because verifiers that look an issuer up by its
 * name alone take the first of two equal ones.
 */
function commonName(request: RootRequest, serialNumber: string): string {
  const date = new Date(request.now).toISOString().slice(0, 10);
  const what = request.purpose === "clients" ? "client CA" : "CA";
  // ub-common-name is 64 (RFC 5280 appendix A.1); what surrounds the two takes 34 of them.
  const host = request.hostname.replace(/[^A-Za-z0-9.-]/g, "-").slice(0, 30 - what.length);
  return `auth-proxy ${what} (${host || "unnamed host"}, ${date}, ${serialNumber.slice(-6)})`;
}
