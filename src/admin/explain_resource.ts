import type { Hono } from "hono";
import type { AdminAccess } from "./admin_access.ts";
import { problem } from "./problem.ts";
import { requireAdmin } from "./require_admin.ts";

/** What the admin API needs to explain decisions. */
export interface ExplainView {
  readonly explain: (
    request: { readonly method: string; readonly url: string; readonly agent?: string },
  ) => object;
}

/** Adds `GET /admin/explain?method=GET&url=https://…&agent=NAME`. */
export function addExplainResource(
  app: Hono,
  { view, access }: { view: ExplainView; access: AdminAccess },
): void {
  app.get("/admin/explain", requireAdmin(access), (c) => {
    const { method = "GET", url, agent } = c.req.query();
    if (url === undefined || url === "") {
      return problem(c, { status: 400, detail: "Write ?method=GET&url=https://HOST/PATH" });
    }
    return c.json(view.explain({ method, url, ...(agent === undefined ? {} : { agent }) }));
  });
}
