import type { ClientCertificate, ClientCertificateVerdict } from "../ca/client_authority.ts";
import { ProxyError } from "../errors.ts";
import { anonymous, type ClientIdentity } from "../policy/client_identity.ts";
import { parseCredentials } from "../policy/proxy_credentials.ts";
import { WireError } from "../wire/wire_error.ts";
import type { KnownAgents } from "./known_agents.ts";

/**
 * When a listener turns away who proves nothing: always, never, or as soon as there is an agent or
 * was one, so that revoking the last of them opens nothing.
 */
export type Demand = "always" | "never" | "once agents are known";

/** What a client shows to prove who it is. */
export interface ShownProof {
  /** The values of all `Proxy-Authorization` fields. */
  readonly authorization: readonly string[];
  /** What became of the certificate that it showed in the TLS handshake. */
  readonly certificate?: ClientCertificateVerdict | undefined;
}

/** Decides who may use a listener, and as whom. */
export class AgentGate {
  readonly #known: () => KnownAgents;
  readonly #demand: Demand;

  /** @param known The agents at the present moment. */
  constructor(known: () => KnownAgents, demand: Demand) {
    this.#known = known;
    this.#demand = demand;
  }

  /**
   * Finds out who is calling. What is shown must be right, even where nothing has to be shown; only
   * where no agent was ever known is there nothing that it could be compared with.
   *
   * @throws {ProxyError} `agent_unauthenticated` or `certificate_refused`.
   * @throws {WireError} If there is more than one `Proxy-Authorization`.
   */
  identify({ authorization: [value, ...more], certificate }: ShownProof): ClientIdentity {
    if (more.length > 0) {
      throw new WireError("Cannot accept the request: more than one Proxy-Authorization");
    }
    const certified = certificate === undefined ? undefined : this.#certified(certificate);
    if (value === undefined || (this.#known().isEmpty && !this.demandsIdentity)) {
      if (certified !== undefined) return certified;
      if (!this.demandsIdentity) return anonymous;
      throw new ProxyError(
        "agent_unauthenticated",
        "Send the agent's token as the password of the proxy's URL: http://AGENT:TOKEN@HOST:PORT",
      );
    }
    const credentials = parseCredentials(value);
    const identity = credentials === undefined ? undefined : this.#known().identify(credentials);
    if (identity === undefined) {
      throw new ProxyError(
        "agent_unauthenticated",
        "The agent's name and token do not belong together, or the token is not valid (any more): " +
          "have `auth-proxy agent add` make a new one",
      );
    }
    if (certified !== undefined && certified.agent !== identity.agent) {
      throw new ProxyError(
        "agent_unauthenticated",
        `The token is not of agent ${certified.agent}, whom the client certificate names`,
      );
    }
    return certified ?? identity;
  }

  /** Whether who was identified before may go on. */
  admits(identity: ClientIdentity): boolean {
    switch (identity.proof) {
      case "none":
        return !this.demandsIdentity;
      case "token":
        return this.#known().holdsToken(identity);
      case "certificate":
        return !this.#known().isRevoked(identity.agent);
    }
  }

  /** Whether who proves nothing is turned away. */
  get demandsIdentity(): boolean {
    return this.#demand === "always" ||
      (this.#demand === "once agents are known" && !this.#known().isEmpty);
  }

  #certified(verdict: ClientCertificateVerdict): ClientIdentity {
    if ("refusal" in verdict) {
      throw new ProxyError(
        "certificate_refused",
        `The client certificate is refused: ${verdict.refusal}`,
      );
    }
    if (this.#known().isRevoked(verdict.agent)) {
      throw new ProxyError("certificate_refused", `Agent ${verdict.agent} has been revoked`);
    }
    return certificateIdentity(verdict);
  }
}

/** Who has shown a certificate that is in order. */
export function certificateIdentity({ agent, serial }: ClientCertificate): ClientIdentity {
  return { agent, proof: "certificate", credential: serial };
}
