import type { Hono } from "hono";
import type { AdminAccess } from "./admin_access.ts";
import { type EventsView, openEventStream } from "./event_stream.ts";
import { problem } from "./problem.ts";
import { requireAdmin } from "./require_admin.ts";

/** Adds `GET /admin/events`: what is audited, as server-sent events. */
export function addEventsResource(
  app: Hono,
  { view, access }: { view: EventsView; access: AdminAccess },
): void {
  app.get("/admin/events", requireAdmin(access), (c) => {
    // Nobody would read, or end, the body of the answer to HEAD.
    if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
    const body = openEventStream(view);
    return body === undefined
      ? problem(c, { status: 503, detail: "Too many watch already, or the proxy stops: close one" })
      : c.body(body, 200, { "Content-Type": "text/event-stream" });
  });
}
