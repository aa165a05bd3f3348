import { X509Certificate } from "node:crypto";

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Picks the certificates out of a PEM text; other blocks, a private key say, are left out.
 *
 * @returns At least one block, each of which can be parsed; or a refusal that ends a sentence.
 */
export function parseCertificates(
  text: string,
): { readonly certificates: readonly string[] } | { readonly refusal: string } {
  const certificates = text.match(block) ?? [];
  if (certificates.length === 0) {
    return {
      refusal: "it holds no certificate: give a PEM file with -----BEGIN CERTIFICATE-----",
    };
  }
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    return { refusal: "it holds a certificate that cannot be parsed" };
  }
  return { certificates };
}
