import { type EgressSettings, openEgress } from "../policy/egress_policy.ts";
import type { StartupNote } from "./draft.ts";

/** What there is to say about an egress policy, if there is one. */
export function egressNotes(egress: EgressSettings): StartupNote[] {
  const { default: fallback, mode, allow, deny } = egress;
  if (egress === openEgress) return [];
  const message = `default ${fallback}, ${allow.length} allow and ${deny.length} deny entries` +
    (mode === "report" ? "; only reported: nothing is refused" : "");
  return [{ kind: "notice", subject: "egress", message }];
}
