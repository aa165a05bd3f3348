import type { Hono } from "hono";
import type { AdminAccess } from "./admin_access.ts";
import { problem } from "./problem.ts";
import { requireAdmin } from "./require_admin.ts";

interface Problem {
  readonly where: string;
  readonly message: string;
}

/** What the admin API needs to have the configuration read anew. */
export interface ReloadView {
  readonly reload: () => Promise<
    | { readonly kind: "reloaded"; readonly cut: number; readonly needRestart: readonly string[] }
    | { readonly kind: "rejected"; readonly problems: readonly Problem[] }
  >;
  /** Times in milliseconds since the epoch. */
  readonly reloadState: () => {
    readonly loadedAt: number;
    readonly rejected?: { readonly at: number; readonly problems: readonly Problem[] };
  };
}

/** Adds `POST /admin/reload`. */
export function addReloadResource(
  app: Hono,
  { view, access }: { view: ReloadView; access: AdminAccess },
): void {
  app.post("/admin/reload", requireAdmin(access), async (c) => {
    const outcome = await view.reload();
    if (outcome.kind === "reloaded") {
      const { cut, needRestart } = outcome;
      return c.json({ status: "reloaded", cut, needRestart });
    }
    const lines = outcome.problems.map(({ where, message }) => `${where}: ${message}`);
    return problem(c, {
      status: 422,
      detail: `What was in force stays in force. ${lines.join("; ")}`,
    });
  });
}

/** What whoever reaches the listener may know: what is wrong is for those who operate the proxy. */
export function describeReloads({ reloadState }: ReloadView): Record<string, unknown> {
  const { loadedAt, rejected } = reloadState();
  return {
    loaded: new Date(loadedAt).toISOString(),
    ...(rejected === undefined ? { state: "current" } : {
      state: "rejected",
      rejected: new Date(rejected.at).toISOString(),
      problems: rejected.problems.length,
    }),
  };
}
