import type { Context } from "hono";

/** Whether the caller asks for a table to read rather than for JSON. */
export function wantsText(c: Context): boolean {
  const accept = c.req.header("accept") ?? "";
  return accept.includes("text/plain") && !accept.includes("application/json");
}
