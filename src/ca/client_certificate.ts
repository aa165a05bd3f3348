import { toPem } from "./pem.ts";
import { randomSerialNumber } from "./serial_number.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "./x509.ts";

/** What goes into a client certificate. */
export interface ClientCertificateRequest {
  /** The client CA's certificate; it must have a subject key identifier. */
  readonly authorityPem: string;
  /** The client CA's ECDSA P-256 key, with the usage `sign`. */
  readonly signingKey: CryptoKey;
  /** The subject's common name. */
  readonly agent: string;
  /** The time in milliseconds since the epoch. */
  readonly now: number;
  /** Last moment of validity, milliseconds since the epoch. */
  readonly notAfter: number;
}

/** A new key and the certificate for it, both PEM. */
export interface IssuedClientCertificate {
  readonly certificatePem: string;
  /** PKCS#8 (RFC 5958), unencrypted. */
  readonly keyPem: string;
  /** Last moment of validity, milliseconds since the epoch. */
  readonly notAfter: number;
}

/** The clock that this certificate is checked by need not be the one that it was made by. */
const backdating = 86_400_000;

/**
 * Makes an ECDSA P-256 key and an end-entity certificate for it by RFC 5280 section 4.2.1, with
 * extendedKeyUsage clientAuth alone: no TLS client takes it for a server's.
 */
export async function createClientCertificate(
  request: ClientCertificateRequest,
): Promise<IssuedClientCertificate> {
  const authority = new X509Certificate(request.authorityPem);
  const identifier = authority.getExtension(SubjectKeyIdentifierExtension);
  if (identifier === null) throw new TypeError("The client CA has no subject key identifier");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notAfter = Math.floor(request.notAfter / 1000) * 1000;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: randomSerialNumber(),
    issuer: authority.subjectName,
    subject: new Name([{ CN: [request.agent] }]),
    notBefore: new Date(Math.floor((request.now - backdating) / 1000) * 1000),
    notAfter: new Date(notAfter),
    publicKey: keys.publicKey,
    signingKey: request.signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      new AuthorityKeyIdentifierExtension(identifier.keyId),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificatePem: toPem(new Uint8Array(certificate.rawData), "CERTIFICATE"),
    keyPem: toPem(new Uint8Array(pkcs8), "PRIVATE KEY"),
    notAfter,
  };
}
