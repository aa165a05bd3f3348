import { ProxyError } from "../errors.ts";
import type { ClientIdentity } from "../policy/client_identity.ts";
import type { ShownProof } from "./agent_gate.ts";
import type { ProxyContext } from "./context.ts";

/**
 * Finds out who is calling, and counts who is turned away.
 *
 * @throws {ProxyError} `agent_unauthenticated` or `certificate_refused`.
 * @throws {WireError} If there is more than one `Proxy-Authorization`.
 */
export function identifyClient(
  proof: ShownProof,
  { gate, metrics }: Pick<ProxyContext, "gate" | "metrics">,
): ClientIdentity {
  try {
    return gate.identify(proof);
  } catch (error) {
    const kind = error instanceof ProxyError ? error.kind : undefined;
    const { authorization = [], password } = proof;
    if (kind === "certificate_refused") metrics.countAgentRejection("certificate");
    if (kind === "agent_unauthenticated") {
      const shown = authorization.length > 0 || password !== undefined;
      metrics.countAgentRejection(shown ? "token" : "missing");
    }
    throw error;
  }
}
