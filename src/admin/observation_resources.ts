import type { Hono } from "hono";
import { Metrics } from "../observe/metrics.ts";
import type { AdminAccess } from "./admin_access.ts";
import { problem } from "./problem.ts";
import { requireAdmin } from "./require_admin.ts";

/** What the admin API shows of what the proxy has seen. */
export interface ObservationView {
  /** In Prometheus's text format. */
  readonly metrics: () => Promise<string>;
  /** The last lines of the audit log, the youngest at the end. */
  readonly recentAudit: (limit: number) => readonly string[];
}

const LINES = 100;
const MOST_LINES = 1000;

/** Adds `GET /metrics`, which names no client, and `GET /admin/audit?limit=N`. */
export function addObservationResources(
  app: Hono,
  { view, access }: { view: ObservationView; access: AdminAccess },
): void {
  app.get(
    "/metrics",
    async (c) => c.body(await view.metrics(), 200, { "Content-Type": Metrics.contentType }),
  );
  app.get("/admin/audit", requireAdmin(access), (c) => {
    const limit = c.req.query("limit") ?? String(LINES);
    if (!/^\d{1,4}$/.test(limit) || Number(limit) > MOST_LINES) {
      return problem(c, { status: 400, detail: `Write a limit of at most ${MOST_LINES} lines` });
    }
    const lines = view.recentAudit(Number(limit)).join("");
    return c.body(lines, 200, { "Content-Type": "application/jsonl" });
  });
}
