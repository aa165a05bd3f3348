/**
 * The URL of a proxy for clients that prove by it who they are.
 *
 * @param url `http://HOST:PORT`.
 * @param token As the operator chose it: what a URL has another use for is escaped (RFC 3986 section
 *   2.1), and every client undoes that.
 */
export function urlWithToken(url: string, token: string): string {
  return url.replace("//", () => `//agent:${encodeURIComponent(token)}@`);
}
