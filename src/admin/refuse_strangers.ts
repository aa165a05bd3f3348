import type { MiddlewareHandler } from "hono";
import type { AdminAccess } from "./admin_access.ts";
import { problem } from "./problem.ts";

/**
 * Refuses what a web page in the operator's browser could send: under a DNS name that was rebound to
 * this listener, or across origins, with a password that the browser remembers (CSRF).
 */
export function refuseStrangers(access: AdminAccess): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header("host");
    if (!access.knowsHost(host)) {
      return problem(c, { status: 421, detail: "Use the address that --admin names" });
    }
    const origin = c.req.header("origin");
    // The listener speaks no TLS. A browser writes both in lower case and leaves port 80 out of both.
    if (origin !== undefined && origin !== `http://${host}`) {
      return problem(c, { status: 403, detail: "Other origins may not use the admin API" });
    }
    // What asks without saying its origin (an image, a frame): Fetch Metadata tells. A link may lead here.
    const site = c.req.header("sec-fetch-site") ?? "none";
    const isLink = c.req.method === "GET" && c.req.header("sec-fetch-mode") === "navigate" &&
      c.req.header("sec-fetch-dest") === "document";
    if (site !== "same-origin" && site !== "none" && !isLink) {
      return problem(c, { status: 403, detail: "Other sites may not use the admin API" });
    }
    return await next();
  };
}
