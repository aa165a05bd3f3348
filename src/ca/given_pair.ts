import { readRegularFile } from "../secrets/text_file.ts";
import { CaError } from "./ca_error.ts";
import { checkKeyPair, type KeyPair, type KeyPairText } from "./key_pair.ts";
import { pemBlocks } from "./pem.ts";
import { PrivateFileError, readGivenFile } from "./private_files.ts";

/** Where the operator has put a CA, for one proxy or for several. */
export interface GivenPaths {
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** Longest file of certificates, in bytes. */
const LONGEST = 1024 * 1024;

const mend = "give the pair that belongs together, of an ECDSA P-256 root";

/**
 * Reads a CA that was made elsewhere. Nothing is written: it may lie in a mounted secret.
 *
 * @param now Milliseconds since the epoch.
 * @throws {CaError} If it cannot be read, others can read the key, or it is no CA that may be used now.
 */
export async function readGivenPair(
  { certificatePath, keyPath }: GivenPaths,
  now: number,
): Promise<KeyPair & { readonly certificatePem: string }> {
  const text: KeyPairText = {
    certificatePem: await readCertificate(certificatePath),
    certificatePath,
    keyPem: await readKey(keyPath),
    keyPath,
    mend,
  };
  return { ...checkKeyPair(text, now), certificatePem: text.certificatePem };
}

async function readCertificate(path: string): Promise<string> {
  const name = JSON.stringify(path);
  const read = await readRegularFile(path, LONGEST);
  if ("message" in read) {
    throw new CaError(`Cannot read the CA certificate ${name}: ${read.message}`);
  }
  const [certificate, ...others] = pemBlocks(read.text, "CERTIFICATE");
  if (certificate !== undefined && others.length === 0) return certificate;
  const found = certificate === undefined ? "no certificate in PEM" : "more than one certificate";
  throw new CaError(`Cannot use the CA certificate in ${name}: it holds ${found}; ${mend}`);
}

async function readKey(path: string): Promise<string> {
  const name = JSON.stringify(path);
  const text = await readGiven(path);
  if (text === undefined) {
    throw new CaError(`Cannot read the CA key ${name}: there is no such file; is the path right?`);
  }
  const [key, ...others] = pemBlocks(text, "PRIVATE KEY");
  if (key !== undefined && others.length === 0) return key;
  const found = key === undefined ? "no unencrypted PKCS#8 key in PEM" : "more than one key";
  const convert = text.includes("BEGIN EC PRIVATE KEY")
    ? `convert it: openssl pkcs8 -topk8 -nocrypt -in ${name}`
    : mend;
  throw new CaError(`Cannot use the CA key in ${name}: it holds ${found}; ${convert}`);
}

async function readGiven(path: string): Promise<string | undefined> {
  try {
    return await readGivenFile(path);
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    throw new CaError(error.message, { cause: error });
  }
}
