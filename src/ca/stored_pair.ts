/**
 * The CA on disk.
 *
 * `private/ca-key.pem` holds the key followed by its certificate; `public/ca.pem` is a copy of
 * that certificate. So the pair comes into being in one step: a crash, or another proxy starting
 * on the same folder, can never leave a key whose certificate does not exist yet, and what lies
 * in the folder that containers mount is compared with the private copy, not believed.
 *
 * An operator's own CA may leave the certificate in `public/ca.pem` alone.
 *
 * @module
 */
import { CaError } from "./ca_error.ts";
import type { CaPaths } from "./ca_paths.ts";
import type { KeyPairText } from "./key_pair.ts";
import { pemBlocks } from "./pem.ts";
import { createPrivateFile, readPrivateFile } from "./private_files.ts";
import { createPublicFile, readPublicFile } from "./public_files.ts";

/**
 * Reads the stored pair; what the PEM blocks hold is not looked at.
 *
 * @returns `undefined` if there is neither key nor certificate.
 * @throws {CaError} If one is without the other, they differ, or a file holds no PEM block.
 * @throws {PrivateFileError} If the key cannot be read, or others can.
 */
export async function readStoredPair(paths: CaPaths): Promise<KeyPairText | undefined> {
  // In this order: whoever creates a CA writes the key first, so a certificate seen here has its
  // key by now. The other way round, a proxy starting beside ours could be taken for a lost key.
  const published = await readPublished(paths);
  const keyFile = await readPrivateFile(paths.key);
  if (keyFile === undefined) {
    if (published === undefined) return undefined;
    throw new CaError(
      `Cannot use the CA certificate in ${quote(paths.certificate)}: its key ` +
        `${quote(paths.key)} is missing; ${mend(paths)}`,
    );
  }
  const [keyPem, ...otherKeys] = pemBlocks(keyFile, "PRIVATE KEY");
  if (keyPem === undefined || otherKeys.length > 0) {
    const found = keyPem === undefined ? "no unencrypted PKCS#8 key in PEM" : "more than one key";
    throw new CaError(
      `Cannot use the CA key in ${quote(paths.key)}: it holds ${found}; ` +
        mend(paths),
    );
  }
  const [kept] = pemBlocks(keyFile, "CERTIFICATE");
  const certificatePem = kept ?? published;
  if (certificatePem === undefined) {
    throw new CaError(
      `Cannot use the CA key in ${quote(paths.key)}: its certificate ` +
        `${quote(paths.certificate)} is missing; ${mend(paths)}`,
    );
  }
  if (published !== undefined && published !== certificatePem) throw foreignCertificate(paths);
  return {
    keyPem,
    keyPath: paths.key,
    certificatePem,
    certificatePath: kept === undefined ? paths.certificate : paths.key,
    mend: mend(paths),
  };
}

/**
 * Stores a new pair unless another process has stored one.
 *
 * @throws {PrivateFileError} If it cannot be written.
 */
export async function createStoredPair(
  paths: CaPaths,
  pair: { readonly keyPem: string; readonly certificatePem: string },
): Promise<"created" | "exists"> {
  return await createPrivateFile(paths.key, pair.keyPem + pair.certificatePem);
}

/**
 * Sees to it that `public/ca.pem` is there and is `certificatePem`.
 *
 * @throws {CaError} If it is another certificate, or cannot be written.
 */
export async function publishCertificate(paths: CaPaths, certificatePem: string): Promise<void> {
  if (await readPublished(paths) === undefined) {
    if (await createPublicFile(paths.certificate, certificatePem) === "created") return;
  }
  if (await readPublished(paths) !== certificatePem) throw foreignCertificate(paths);
}

async function readPublished(paths: CaPaths): Promise<string | undefined> {
  const text = await readPublicFile(paths.certificate);
  if (text === undefined) return undefined;
  const [certificate] = pemBlocks(text, "CERTIFICATE");
  if (certificate === undefined) {
    throw new CaError(
      `Cannot use the CA certificate in ${quote(paths.certificate)}: it holds no PEM ` +
        "certificate; remove it to have it written anew",
    );
  }
  return certificate;
}

function foreignCertificate(paths: CaPaths): CaError {
  return new CaError(
    `Cannot use the CA certificate in ${quote(paths.certificate)}: it is not the one that ` +
      `${quote(paths.key)} holds; remove it to have it written anew`,
  );
}

function mend(paths: CaPaths): string {
  return "restore both from a backup, or have a new CA made, which clients must then be given: " +
    `rm -f ${quote(paths.key)} ${quote(paths.certificate)}`;
}

function quote(path: string): string {
  return JSON.stringify(path);
}
