/** The SHA-256 of a token as `token_sha256` takes it. */
export async function tokenDigestHex(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return new Uint8Array(digest).toHex();
}
