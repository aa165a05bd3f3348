import type { ClientIdentity, Proof } from "./client_identity.ts";

/** What is known of one agent. */
export interface AgentRecord {
  readonly name: string;
  readonly hasToken: boolean;
  /** When its token was made, ISO 8601; unknown for one that is not from the registry. */
  readonly created?: string;
  readonly revoked: boolean;
}

/** An agent, and what it is doing. */
export interface AgentStatus {
  readonly name: string;
  /** A token, if it has one; a certificate, if it uses one now: which were issued is kept nowhere. */
  readonly proofs: readonly Proof[];
  readonly created?: string;
  readonly revoked: boolean;
  /** How many of its connections are open. */
  readonly connections: number;
}

/**
 * Puts together what is known of agents and what they are doing, in the order of names.
 *
 * @param identities Those of the open connections, one for each.
 */
export function agentStatuses(
  records: readonly AgentRecord[],
  identities: readonly ClientIdentity[],
): AgentStatus[] {
  const byName = new Map(records.map((record) => [record.name, record]));
  for (const { agent } of identities) {
    if (agent === "" || byName.has(agent)) continue;
    byName.set(agent, { name: agent, hasToken: false, revoked: false });
  }
  return [...byName.values()].sort((a, b) => a.name < b.name ? -1 : 1).map((record) => {
    const open = identities.filter(({ agent }) => agent === record.name);
    const proofs = new Set<Proof>(record.hasToken ? ["token"] : []);
    for (const { proof } of open) proofs.add(proof);
    return {
      name: record.name,
      proofs: [...proofs].sort(),
      ...(record.created === undefined ? {} : { created: record.created }),
      revoked: record.revoked,
      connections: open.length,
    };
  });
}
