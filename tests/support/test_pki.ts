/**
 * A certificate authority for tests: good server certificates, and every kind of bad one.
 *
 * @module
 */

import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 60 * 60 * 1000;

/** A certificate chain and its private key, both PEM, as `Deno.listenTls` takes them. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Host names and IP addresses for the subjectAltName. */
  readonly names: readonly string[];
  /** What the certificate may be used for; `none` leaves the extendedKeyUsage out. */
  readonly usage?: "serverAuth" | "clientAuth" | "none";
  readonly validity?: "current" | "expired";
}

/** A root certificate that issues server certificates. */
export class TestRoot {
  /** The root certificate, PEM. */
  readonly pem: string;
  readonly #certificate: X509Certificate;
  readonly #keys: CryptoKeyPair;

  private constructor(certificate: X509Certificate, keys: CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.pem = withNewline(certificate.toString("pem"));
  }

  static async create(commonName: string): Promise<TestRoot> {
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: randomSerial(),
      name: `CN=${commonName}`,
      keys,
      signingAlgorithm: algorithm,
      ...validityPeriod("current"),
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new TestRoot(certificate, keys);
  }

  async issue(options: IssueOptions): Promise<ServerCertificate> {
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.create({
      serialNumber: randomSerial(),
      subject: "CN=test upstream",
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      ...validityPeriod(options.validity ?? "current"),
      extensions: [
        ...await endEntityExtensions(keys.publicKey, options),
        await AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
      ],
    });
    return await toServerCertificate(certificate, keys);
  }
}

/** A certificate for `names` that no authority vouches for. */
export async function createSelfSigned(names: readonly string[]): Promise<ServerCertificate> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: "CN=self-signed test upstream",
    keys,
    signingAlgorithm: algorithm,
    ...validityPeriod("current"),
    extensions: await endEntityExtensions(keys.publicKey, { names }),
  });
  return await toServerCertificate(certificate, keys);
}

async function endEntityExtensions(publicKey: CryptoKey, options: IssueOptions) {
  const names = options.names.map((value): JsonGeneralName => ({
    type: isIpLiteral(value) ? "ip" : "dns",
    value,
  }));
  const usage = options.usage ?? "serverAuth";
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ...usage === "none" ? [] : [new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]])],
    new SubjectAlternativeNameExtension(names),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

function validityPeriod(validity: "current" | "expired") {
  const end = validity === "current" ? Date.now() + 30 * dayMs : Date.now() - dayMs;
  return { notBefore: new Date(Date.now() - 2 * dayMs), notAfter: new Date(end) };
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function toServerCertificate(
  certificate: X509Certificate,
  keys: CryptoKeyPair,
): Promise<ServerCertificate> {
  const pkcs8 = new Uint8Array(
    await cryptoProvider.get().subtle.exportKey("pkcs8", keys.privateKey),
  );
  const body = pkcs8.toBase64().replace(/.{1,64}/g, "$&\n");
  return {
    cert: withNewline(certificate.toString("pem")),
    key: `-----BEGIN PRIVATE KEY-----\n${body}-----END PRIVATE KEY-----\n`,
  };
}

/** Sixteen random bytes, the first one between 1 and 127: positive and of constant length. */
function randomSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toHex();
}

function isIpLiteral(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(":");
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
