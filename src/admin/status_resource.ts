import type { Hono } from "hono";
import type { AdminAccess } from "./admin_access.ts";
import type { ReloadView } from "./reload_resource.ts";
import { requireAdmin } from "./require_admin.ts";

/** What the admin API shows of the proxy itself. Times in milliseconds since the epoch. */
export interface StatusView extends ReloadView {
  readonly version: string;
  readonly ready: () => boolean;
  readonly status: () => {
    readonly startedAt: number;
    readonly openConnections: number;
    readonly auditLinesLost: number;
    readonly ca: {
      readonly name: string;
      /** SHA-256, `AB:CD:…`. */
      readonly fingerprint: string;
      readonly notAfter: number;
    };
  };
}

/** Adds `GET /admin/status`. */
export function addStatusResource(
  app: Hono,
  { view, access }: { view: StatusView; access: AdminAccess },
): void {
  app.get("/admin/status", requireAdmin(access), (c) => {
    const { startedAt, openConnections, auditLinesLost, ca } = view.status();
    const { loadedAt, rejected } = view.reloadState();
    return c.json({
      version: view.version,
      state: view.ready() ? "ready" : "draining",
      now: isoTime(Date.now()),
      started: isoTime(startedAt),
      openConnections,
      auditLinesLost,
      ca: { name: ca.name, fingerprint: ca.fingerprint, expires: isoTime(ca.notAfter) },
      configuration: {
        loaded: isoTime(loadedAt),
        ...(rejected === undefined
          ? {}
          : { rejected: { at: isoTime(rejected.at), problems: rejected.problems } }),
      },
    });
  });
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
