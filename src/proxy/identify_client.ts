import { ProxyError } from "../errors.ts";
import { anonymous, type ClientIdentity } from "../policy/client_identity.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import type { ShownProof } from "./agent_gate.ts";
import type { Downstream, ProxyContext } from "./context.ts";

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

/**
 * Finds out who speaks to the listener itself.
 *
 * @throws {ProxyError} `agent_unauthenticated` or `certificate_refused`.
 */
export function authenticate(
  head: RequestHead,
  { downstream, context }: { downstream: Downstream; context: ProxyContext },
): void {
  // Inside a tunnel, the CONNECT that opened it has been authenticated.
  if (downstream.tunnel !== undefined) return;
  identify(head.fields.getAll("proxy-authorization"), { downstream, context });
}

/**
 * Finds out who reads what the proxy says of itself. A client that knows of no proxy sends what it has
 * as if to any server.
 *
 * @returns The agent's name; empty for nobody in particular.
 * @throws {ProxyError} `agent_unauthenticated` or `certificate_refused`.
 */
export function identifyReader(
  { fields }: RequestHead,
  { downstream, context }: { downstream: Downstream; context: ProxyContext },
): string {
  const proxied = fields.getAll("proxy-authorization");
  identify(proxied.length > 0 ? proxied : fields.getAll("authorization"), { downstream, context });
  return downstream.identity.agent;
}

function identify(
  authorization: readonly string[],
  { downstream, context }: { downstream: Downstream; context: ProxyContext },
): void {
  const { certificate, peer: client } = downstream;
  // What an earlier request has proved is not said of this one, if it is refused.
  downstream.identity = anonymous;
  downstream.identity = identifyClient({ authorization, certificate, client }, context);
  if (downstream.identity.proof !== "none") downstream.prove();
}
