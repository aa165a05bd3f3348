import type { ClientCertificate, ClientCertificateVerdict } from "../ca/client_authority.ts";
import { ProxyError } from "../errors.ts";
import { anonymous, type ClientIdentity } from "../policy/client_identity.ts";
import { parseCredentials, type PresentedCredentials } from "../policy/proxy_credentials.ts";
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
  readonly authorization?: readonly string[];
  /** What it showed where there are no fields: in SOCKS. */
  readonly password?: PresentedCredentials;
  /** What became of the certificate that it showed in the TLS handshake. */
  readonly certificate?: ClientCertificateVerdict | undefined;
  /** Where it comes from: address and port. */
  readonly client?: string;
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
   * where no agent was ever known is there nothing that it could be compared with. Who shows nothing
   * may be known by the address.
   *
   * @throws {ProxyError} `agent_unauthenticated` or `certificate_refused`.
   * @throws {WireError} If there is more than one `Proxy-Authorization`.
   */
  identify(
    { authorization: [value, ...more] = [], password, certificate, client }: ShownProof,
  ): ClientIdentity {
    if (more.length > 0) {
      throw new WireError("Cannot accept the request: more than one Proxy-Authorization");
    }
    const certified = certificate === undefined ? undefined : this.#certified(certificate);
    const shown = value !== undefined || password !== undefined;
    if (!shown || (this.#known().isEmpty && !this.demandsIdentity)) {
      if (certified !== undefined) return certified;
      const resident = client === undefined ? undefined : this.#known().at(addressOf(client));
      if (resident !== undefined) return resident;
      if (!this.demandsIdentity) return anonymous;
      throw new ProxyError(
        "agent_unauthenticated",
        "Send the agent's token as the password of the proxy's URL: http://AGENT:TOKEN@HOST:PORT",
      );
    }
    const credentials = value === undefined ? password : parseCredentials(value);
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

  /**
   * Whether who was identified before may go on.
   *
   * @param client Where it comes from: address and port.
   */
  admits(identity: ClientIdentity, client: string): boolean {
    switch (identity.proof) {
      case "none":
        return !this.demandsIdentity;
      case "token":
        return this.#known().holdsToken(identity);
      case "certificate":
        return !this.#known().isRevoked(identity.agent);
      case "address":
        return this.#known().holdsAddress(identity, addressOf(client));
    }
  }

  /** Whether there is anything that a client could show. */
  get knowsAgents(): boolean {
    return this.demandsIdentity || !this.#known().isEmpty;
  }

  /** Whether a client that has no way to show anything can be let in. */
  get admitsSilent(): boolean {
    return !this.demandsIdentity || this.#known().hasAddresses;
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

/** The address of a client without its port and, on IPv6, its zone. */
function addressOf(client: string): string {
  return client.slice(0, client.lastIndexOf(":")).replace(/%.*$/, "");
}
