import { createPrivateKey, X509Certificate } from "node:crypto";
import { Secret } from "./secret.ts";

/** A certificate by which the proxy proves to a service who it is, and its private key. */
export interface ClientCertificate {
  /** PEM: the end-entity certificate, and those between it and its root. */
  readonly chain: string;
  /** PEM, unencrypted. */
  readonly key: Secret;
  /** Another one for another certificate: its SHA-256. Connections are told apart by it. */
  readonly id: string;
  /** For people: `CN=admin, O=system:masters`. */
  readonly subject: string;
  /** Last moment of validity, milliseconds since the epoch. */
  readonly notAfter: number;
}

/** The two texts of a pair. */
export interface ClientPairText {
  /** What the key is called; printable. */
  readonly name: string;
  readonly certificate: string;
  readonly key: string;
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const keyBlock = /-----BEGIN ((?:[A-Z0-9]+ )?PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----/;

/**
 * Reads a client certificate and its key, and checks that they can be used.
 *
 * @param now Milliseconds since the epoch.
 * @returns The pair, or a refusal that ends a sentence: it quotes neither text.
 */
export function parseClientCertificate(
  { name, certificate: certificateText, key: keyText }: ClientPairText,
  now: number,
): { readonly certificate: ClientCertificate } | { readonly refusal: string } {
  const blocks = certificateText.match(certificateBlock) ?? [];
  const [first] = blocks;
  if (first === undefined) {
    return { refusal: "the client certificate is no PEM certificate; check which file it is" };
  }
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(first);
    for (const block of blocks.slice(1)) new X509Certificate(block);
  } catch {
    return { refusal: "the client certificate cannot be parsed; have it issued again" };
  }
  const key = readKey(keyText);
  if ("refusal" in key) return key;
  if (!leaf.checkPrivateKey(key.object)) {
    return { refusal: "the client key does not belong to the client certificate" };
  }
  const notAfter = leaf.validToDate.getTime();
  if (notAfter <= now) {
    return { refusal: `the client certificate expired on ${dateOf(notAfter)}; renew it` };
  }
  const notBefore = leaf.validFromDate.getTime();
  if (notBefore > now) {
    return { refusal: `the client certificate is not valid before ${dateOf(notBefore)}` };
  }
  return {
    certificate: {
      chain: blocks.map((block) => `${block}\n`).join(""),
      key: new Secret(name, key.pem),
      id: leaf.fingerprint256,
      subject: leaf.subject.split("\n").reverse().join(", ").replace(/[^\x20-\x7e]/g, "?"),
      notAfter,
    },
  };
}

/** `2026-11-25T10:00:00Z`. */
export function dateOf(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

function readKey(
  text: string,
): { pem: string; object: ReturnType<typeof createPrivateKey> } | { refusal: string } {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    return { refusal: "the client key is encrypted; give it without a passphrase" };
  }
  const [, label, body] = keyBlock.exec(text) ?? [];
  if (label === undefined || body === undefined) {
    return { refusal: "the client key is no PEM private key; check which file it is" };
  }
  // Talos writes PKCS #8 under a label of its own (siderolabs/crypto, x509.PEMTypeEd25519Private).
  const shown = label === "ED25519 PRIVATE KEY" ? "PRIVATE KEY" : label;
  const base64 = body.replace(/\s+/g, "").replace(/.{64}(?=.)/g, "$&\n");
  const pem = `-----BEGIN ${shown}-----\n${base64}\n-----END ${shown}-----\n`;
  try {
    return { pem, object: createPrivateKey(pem) };
  } catch {
    // What the parser says may quote the key.
    return { refusal: "the client key cannot be parsed; have the pair issued again" };
  }
}
