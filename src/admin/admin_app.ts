import { Hono } from "hono";
import type { TrustFiles } from "../ca/trust_files.ts";
import type { Log } from "../observe/log.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { AdminAccess } from "./admin_access.ts";
import { addAgentsResource, type AgentsView } from "./agents_resource.ts";
import { addDashboard } from "./dashboard/dashboard.ts";
import type { EventsView } from "./event_stream.ts";
import { addEventsResource } from "./events_resource.ts";
import { addExplainResource, type ExplainView } from "./explain_resource.ts";
import { addObservationResources, type ObservationView } from "./observation_resources.ts";
import { problem } from "./problem.ts";
import { refuseStrangers } from "./refuse_strangers.ts";
import { addReloadResource, describeReloads, type ReloadView } from "./reload_resource.ts";
import { requireAdmin } from "./require_admin.ts";
import { addRulesResource } from "./rules_resource.ts";
import { securityHeaders } from "./security_headers.ts";
import { addStatusResource, type StatusView } from "./status_resource.ts";
import { addTrustResources } from "./trust_resources.ts";

/** What the admin API shows. It shows no secret: it is not given one. */
export interface AdminView
  extends AgentsView, ObservationView, ReloadView, ExplainView, EventsView, StatusView {
  readonly rules: () => RuleSet;
  readonly trustFiles: TrustFiles;
  readonly log: Log;
}

/**
 * Makes the admin API for one listener. What has no {@linkcode requireAdmin} of its own is open to
 * whoever reaches the listener, unless that is on a network: there it is `/readyz` alone.
 */
export function createAdminApp(view: AdminView, access: AdminAccess): Hono {
  const app = new Hono();
  app.use(securityHeaders());
  app.use(refuseStrangers(access));
  // Before a token is demanded: load balancers and kubelets ask it, and it says one word.
  app.get(
    "/readyz",
    (c) => view.ready() ? c.json({ status: "ready" }) : c.json({ status: "draining" }, 503),
  );
  if (access.reach === "network") app.use(requireAdmin(access));
  app.get("/healthz", (c) => c.json({ status: "ok", configuration: describeReloads(view) }));
  app.get("/admin/version", (c) => c.json({ name: "auth-proxy", version: view.version }));
  addTrustResources(app, view.trustFiles);
  addRulesResource(app, view.rules);
  addAgentsResource(app, { view, access });
  addObservationResources(app, { view, access });
  addReloadResource(app, { view, access });
  addExplainResource(app, { view, access });
  addEventsResource(app, { view, access });
  addStatusResource(app, { view, access });
  addDashboard(app, access);
  app.notFound((c) => problem(c, { status: 404, detail: "There is no such resource" }));
  app.onError((error, c) => {
    view.log.error("admin request failed", { path: c.req.path, reason: error.message });
    return problem(c, { status: 500, detail: "It failed; the proxy's log has the reason" });
  });
  return app;
}
