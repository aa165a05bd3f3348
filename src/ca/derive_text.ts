import { hkdfSync, type KeyObject } from "node:crypto";
import { Buffer } from "node:buffer";

/**
 * A secret text that only who has the key can make, always the same for one key and purpose; it tells
 * nothing of the key (HKDF with SHA-256, RFC 5869).
 *
 * @param key A private key on an elliptic curve.
 * @param purpose Keeps what is derived for one thing apart from what is for another.
 * @returns 32 octets in base64url.
 */
export function deriveText(key: KeyObject, purpose: string): string {
  // Of the key its number alone: PKCS#8 may write one key in several ways.
  const { d = "" } = key.export({ format: "jwk" });
  const octets = hkdfSync("sha256", Buffer.from(d, "base64url"), "", purpose, 32);
  return Buffer.from(octets).toString("base64url");
}
