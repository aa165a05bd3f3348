import type { Context } from "hono";

/** Answers with a problem body (RFC 9457). */
export function problem(
  c: Context,
  { status, detail }: { status: 400 | 401 | 403 | 404 | 421 | 422 | 500 | 503; detail: string },
): Response {
  return c.body(JSON.stringify({ type: "about:blank", status, detail }) + "\n", status, {
    "Content-Type": "application/problem+json",
  });
}
