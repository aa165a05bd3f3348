import type { MiddlewareHandler } from "hono";
import type { AdminAccess } from "./admin_access.ts";
import { problem } from "./problem.ts";

/**
 * Lets through who may operate the proxy, and answers 401 to anybody else. Every resource that shows
 * traffic or changes something has it: `app.get(path, requireAdmin(access), handler)`.
 */
export function requireAdmin(access: AdminAccess): MiddlewareHandler {
  return async (c, next) => {
    if (!access.admits(c.req.header("authorization"))) {
      c.header("WWW-Authenticate", 'Basic realm="auth-proxy admin", charset="UTF-8"');
      return problem(c, {
        status: 401,
        detail: "Send the admin token, which is in private/admin-token of the proxy's --ca-dir " +
          "or in its --admin-token-file, as Authorization: Bearer TOKEN",
      });
    }
    return await next();
  };
}
