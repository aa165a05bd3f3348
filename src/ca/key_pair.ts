import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { CaError } from "./ca_error.ts";

/** The two halves of the CA as they lie on disk, with the places to name in an error. */
export interface KeyPairText {
  readonly keyPem: string;
  readonly keyPath: string;
  readonly certificatePem: string;
  /** The file that the certificate was read from. */
  readonly certificatePath: string;
  /** The sentence that ends an error: how to get a working CA. */
  readonly mend: string;
}

/** A CA key pair that is fit for use. */
export interface KeyPair {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** OBJECT IDENTIFIER 2.5.29.14, subjectKeyIdentifier, in DER. */
const subjectKeyIdentifier = Buffer.of(0x06, 0x03, 0x55, 0x1d, 0x0e);

/**
 * Checks that key and certificate are a CA that verifiers will accept, at the time `now`
 * (milliseconds since the epoch).
 *
 * It uses node:crypto, not @peculiar/x509: 5 ms at start-up rather than 200.
 *
 * @throws {CaError} For the first thing that is wrong.
 */
export function checkKeyPair(text: KeyPairText, now: number): KeyPair {
  const key = parseKey(text);
  const certificate = parseCertificate(text);
  const at = JSON.stringify(text.certificatePath);
  if (!certificate.ca) {
    throw new CaError(`Cannot use the certificate in ${at}: it is not a CA's; ${text.mend}`);
  }
  // checkIssued also looks at keyUsage: a CA certificate without keyCertSign did not issue itself.
  if (!certificate.checkIssued(certificate) || !certificate.verify(certificate.publicKey)) {
    throw new CaError(
      `Cannot use the CA certificate in ${at}: it is not a root that may sign certificates ` +
        `(self-signed, keyUsage keyCertSign); ${text.mend}`,
    );
  }
  if (!certificate.raw.includes(subjectKeyIdentifier)) {
    throw new CaError(
      `Cannot use the CA certificate in ${at}: it has no subject key identifier, which strict ` +
        `clients demand; ${text.mend}`,
    );
  }
  if (!certificate.checkPrivateKey(key)) {
    throw new CaError(
      `Cannot use the CA key in ${JSON.stringify(text.keyPath)}: it does not belong to the ` +
        `certificate in ${at}; ${text.mend}`,
    );
  }
  checkValidity(text, { certificate, now });
  return { certificate, key };
}

/** Not extractable: from here on no code of this process can turn the key into bytes. */
export async function importSigningKey(pair: KeyPair): Promise<CryptoKey> {
  const der = new Uint8Array(pair.key.export({ type: "pkcs8", format: "der" }));
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

function checkValidity(
  text: KeyPairText,
  options: { readonly certificate: X509Certificate; readonly now: number },
): void {
  const { certificate, now } = options;
  const at = JSON.stringify(text.certificatePath);
  if (now > certificate.validToDate.getTime()) {
    throw new CaError(
      `Cannot use the CA certificate in ${at}: it expired on ${certificate.validTo}; ${text.mend}`,
    );
  }
  if (now < certificate.validFromDate.getTime()) {
    throw new CaError(
      `Cannot use the CA certificate in ${at}: it is not valid before ${certificate.validFrom}; ` +
        "set this machine's clock",
    );
  }
}

function parseKey(text: KeyPairText): KeyObject {
  const at = JSON.stringify(text.keyPath);
  let key: KeyObject;
  try {
    key = createPrivateKey(text.keyPem);
  } catch {
    // Not even as `cause`: nothing that saw the key's bytes goes into an error.
    throw new CaError(`Cannot use the CA key in ${at}: it is corrupt; ${text.mend}`);
  }
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new CaError(`Cannot use the CA key in ${at}: it is not ECDSA P-256; ${text.mend}`);
  }
  return key;
}

function parseCertificate(text: KeyPairText): X509Certificate {
  try {
    return new X509Certificate(text.certificatePem);
  } catch (error) {
    const at = JSON.stringify(text.certificatePath);
    throw new CaError(`Cannot use the CA certificate in ${at}: it is corrupt; ${text.mend}`, {
      cause: error,
    });
  }
}
