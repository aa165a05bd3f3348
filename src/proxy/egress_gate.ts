import { ProxyError } from "../errors.ts";
import type { Log } from "../observe/log.ts";
import type { EgressDecision } from "../policy/egress.ts";
import { type Authority, formatAuthority } from "../wire/authority.ts";

/** What a decision was made about, for whoever reads of it. */
export interface EgressSubject {
  /** The exchange's or tunnel's name in the audit log, if it is about one. */
  readonly id?: string;
  readonly authority: Authority;
  readonly agent: string;
  /** The client's address, if the decision is about one client. */
  readonly client?: string;
  /** The request's method, if the decision is about one request. */
  readonly method?: string;
}

/**
 * Refuses what the egress policy denies, and logs what it would deny if it were enforced.
 *
 * @throws {ProxyError} `egress_denied`.
 */
export function enforceEgress(decision: EgressDecision, subject: EgressSubject, log: Log): void {
  if (!decision.allow) throw egressDenied(subject.authority, decision.reason);
  if (decision.wouldDeny === undefined) return;
  const { authority, agent, ...rest } = subject;
  log.warn("egress would deny", {
    authority: formatAuthority(authority),
    reason: decision.wouldDeny,
    ...(agent === "" ? {} : { agent }),
    ...rest,
  });
}

/** The refusal of a destination, with the decision's reason. */
export function egressDenied(authority: Authority, reason: string): ProxyError {
  return new ProxyError("egress_denied", `${formatAuthority(authority)} is refused: ${reason}`);
}
