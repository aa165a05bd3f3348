import type { Hono } from "hono";
import { isAgentName } from "../policy/agent_name.ts";
import type { AgentStatus } from "../policy/agent_status.ts";
import type { AdminAccess } from "./admin_access.ts";
import { problem } from "./problem.ts";
import { requireAdmin } from "./require_admin.ts";
import { textTable } from "./text_table.ts";
import { wantsText } from "./wants_text.ts";

/** What the admin API shows of agents, and does to them. */
export interface AgentsView {
  readonly agents: () => readonly AgentStatus[];
  /** Revokes an agent; its connections are cut when this resolves. */
  readonly revoke: (name: string) => Promise<void>;
}

/** Adds `GET /admin/agents` and `POST /admin/agents/NAME/revoke`. */
export function addAgentsResource(
  app: Hono,
  { view, access }: { view: AgentsView; access: AdminAccess },
): void {
  app.get("/admin/agents", requireAdmin(access), (c) => {
    const agents = view.agents();
    return wantsText(c) ? c.text(agentsTable(agents)) : c.json({ agents });
  });
  app.post("/admin/agents/:name/revoke", requireAdmin(access), async (c) => {
    const name = c.req.param("name");
    if (!isAgentName(name)) {
      return problem(c, { status: 400, detail: "No agent can have this name" });
    }
    await view.revoke(name);
    return c.json({ name, revoked: true });
  });
}

function agentsTable(agents: readonly AgentStatus[]): string {
  return textTable([
    ["AGENT", "STATE", "PROOFS", "CONNECTIONS", "CREATED"],
    ...agents.map(({ name, revoked, proofs, connections, created }) => [
      name,
      revoked ? "revoked" : "active",
      proofs.join(" "),
      String(connections),
      created ?? "",
    ]),
  ]);
}
