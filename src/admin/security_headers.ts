import type { MiddlewareHandler } from "hono";

/** What an answer may do in a browser: nothing, unless it says so itself. */
const nothingAllowed =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Puts on every answer, refusals too, what keeps a browser from handing it to another page. */
export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    // Not "no-referrer", with which some browsers write `Origin: null` on requests of our own page.
    headers.set("Referrer-Policy", "same-origin");
    if (!headers.has("Content-Security-Policy")) {
      headers.set("Content-Security-Policy", nothingAllowed);
    }
  };
}
