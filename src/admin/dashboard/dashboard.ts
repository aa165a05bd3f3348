import type { Hono } from "hono";
import type { AdminAccess } from "../admin_access.ts";

/**
 * What the page may do: run and look as we wrote it, and ask us. No text becomes markup or code
 * (Trusted Types without a policy), however it got into the page.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/**
 * Adds the dashboard: `/`, and its parts below `/dashboard/`.
 *
 * They hold nothing of this proxy, so they are as open as the listener: the page asks the admin API for
 * what it shows, with the admin token that it was given. It keeps the token to itself and puts it on
 * each request; there is no cookie, which a browser would also send to whatever else listens on this
 * host, on any port, and on requests that other pages make.
 */
export function addDashboard(app: Hono, access: AdminAccess): void {
  app.get("/", async (c) => {
    const { pageMarkup } = await import("./page_markup.tsx");
    c.header("Content-Security-Policy", pagePolicy);
    // Off loopback the browser had to prove itself to come here, and goes on doing so.
    return c.html(pageMarkup({ asksForToken: access.reach === "loopback" }));
  });
  app.get("/dashboard/:name", async (c) => {
    const { pageFiles } = await import("./page_files.ts");
    const file = pageFiles.get(c.req.param("name"));
    return file === undefined
      ? c.notFound()
      : c.body(file.text, 200, { "Content-Type": `${file.type}; charset=utf-8` });
  });
}
