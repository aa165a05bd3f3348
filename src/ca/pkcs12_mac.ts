import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import { type Der, nullValue, objectIdentifier, octetString, sequence, utf16be } from "./der.ts";

const sha256 = "2.16.840.1.101.3.4.2.1";
/** The block of SHA-256: `v` in the appendix. */
const blockBytes = 64;
/** What the derived bytes are for: a MAC (RFC 7292, appendix B.3). */
const macPurpose = 3;

/**
 * Makes the MacData of a PKCS #12 file whose password everyone knows: HMAC with SHA-256 (RFC 7292,
 * section 4). The number of iterations is its default, 1, and so left out: more of them slow down who
 * guesses the password.
 *
 * @param content What is authenticated.
 */
export function macData(
  content: Uint8Array,
  options: { readonly password: string; readonly salt: Uint8Array },
): Der {
  const mac = createHmac("sha256", deriveMacKey(options)).update(content).digest();
  return sequence(
    sequence(sequence(objectIdentifier(sha256), nullValue()), octetString(mac)),
    octetString(options.salt),
  );
}

/**
 * The key derivation of RFC 7292, appendix B.2, for a key as long as the digest: then its first block
 * is the key, and step 6.C is not reached.
 */
function deriveMacKey(
  { password, salt }: { readonly password: string; readonly salt: Uint8Array },
): Uint8Array {
  return createHash("sha256")
    .update(new Uint8Array(blockBytes).fill(macPurpose))
    .update(fillBlocks(salt))
    .update(fillBlocks(utf16be(`${password}\0`)))
    .digest();
}

/** Repeats the bytes until they fill whole blocks. */
function fillBlocks(bytes: Uint8Array): Uint8Array {
  return Buffer.alloc(Math.ceil(bytes.length / blockBytes) * blockBytes, bytes);
}
