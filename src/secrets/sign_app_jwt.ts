import { createPrivateKey } from "node:crypto";
import { importPKCS8, SignJWT } from "jose";
import { RenewalError } from "./renewable.ts";

/**
 * Signs the JWT by which a GitHub App is known, with RS256 (RFC 7518 section 3.3).
 *
 * @param pem An RSA key, as PKCS #1 or PKCS #8.
 * @param claims Times in seconds since the epoch.
 * @throws {RenewalError} If the key is none. It is not quoted.
 */
export async function signAppJwt(
  pem: string,
  { issuer, issuedAt, expiresAt }: { issuer: string; issuedAt: number; expiresAt: number },
): Promise<string> {
  let key: Awaited<ReturnType<typeof importPKCS8>>;
  try {
    const pkcs8 = createPrivateKey(pem).export({ type: "pkcs8", format: "pem" }).toString();
    key = await importPKCS8(pkcs8, "RS256");
  } catch {
    throw new RenewalError("its key is no RSA key in PEM");
  }
  return await new SignJWT({})
    .setProtectedHeader({ alg: "RS256", typ: "JWT" })
    .setIssuer(issuer)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(key);
}
