import { createHash, timingSafeEqual } from "node:crypto";

/** SHA-256 of a token in UTF-8: what is kept of it. */
export function tokenDigest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

/** Compares two SHA-256 digests in constant time. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return timingSafeEqual(a, b);
}
