import { CaError } from "./ca_error.ts";
import { pemBlocks } from "./pem.ts";

export interface CaBundleParts {
  /** PEM blocks, one certificate each. */
  readonly systemRoots: readonly string[];
  /** The operator's further anchors: PEM texts, one or more certificates each. */
  readonly extraAnchors: readonly string[];
  /** Our own certificate, PEM. */
  readonly certificatePem: string;
}

/**
 * Joins trust anchors to one PEM text, each certificate once: system, extra, ours.
 *
 * Only certificates get in. The file with the extra anchors is the operator's, and a private key
 * that lies in it must not end up in a folder that containers mount.
 *
 * It is for clients that take one file instead of the system's roots (SSL_CERT_FILE,
 * REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE): what is tunnelled rather than decrypted shows them the real
 * service's certificate.
 *
 * @throws {CaError} If an extra anchor holds no certificate.
 */
export function composeCaBundle(parts: CaBundleParts): string {
  const extra = parts.extraAnchors.flatMap((text) => {
    const certificates = pemBlocks(text, "CERTIFICATE");
    if (certificates.length === 0) {
      throw new CaError(
        "Cannot add the extra trust anchors to the CA bundle: they hold no PEM certificate; " +
          "check the file given with --upstream-ca",
      );
    }
    return certificates;
  });
  return [...new Set([...parts.systemRoots, ...extra, parts.certificatePem])].join("");
}
