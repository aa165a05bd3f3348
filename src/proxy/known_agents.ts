import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { sameDigest, tokenDigest } from "../ca/token_digest.ts";
import type { AgentRegistry } from "../policy/agent_registry.ts";
import type { AgentRecord } from "../policy/agent_status.ts";
import type { ClientIdentity } from "../policy/client_identity.ts";
import type { PresentedCredentials } from "../policy/proxy_credentials.ts";
import { type Cidr, cidrContains, formatCidr } from "../wire/ip_address.ts";

/** An agent that the configuration names. */
export interface AgentSetting {
  readonly name: string;
  /** SHA-256 of its token, 64 digits of lower-case hex; absent if it is known by addresses alone. */
  readonly tokenSha256?: string;
  /** Who calls from there and shows nothing is this agent. */
  readonly addresses?: readonly Cidr[];
}

/** The name of whoever has the one token that has no name: --agent-token-file, or a generated one. */
export const SHARED_AGENT = "agent";

interface Token {
  readonly name: string;
  readonly digest: Uint8Array;
  /** Any user name may stand before it. */
  readonly shared: boolean;
}

interface Residence {
  readonly name: string;
  readonly block: Cidr;
}

/** Which tokens and addresses belong to which agent, at one moment. */
export class KnownAgents {
  readonly #registry: AgentRegistry;
  /** The narrowest first; of the revoked too, so that their addresses fall to nobody else. */
  readonly #residences: readonly Residence[];
  /** Of agents that are not revoked. */
  readonly #tokens: readonly Token[];
  readonly #names: ReadonlySet<string>;

  /** @param sharedToken SHA-256 of the token that any user name may stand before, if there is one. */
  constructor(
    registry: AgentRegistry,
    { settings, sharedToken }: {
      settings: readonly AgentSetting[];
      sharedToken?: Uint8Array | undefined;
    },
  ) {
    this.#registry = registry;
    const tokens = [
      ...[...registry.agents].map(([name, agent]) => named(name, agent.tokenSha256)),
      ...settings.flatMap(({ name, tokenSha256 }) =>
        tokenSha256 === undefined ? [] : [named(name, tokenSha256)]
      ),
      ...(sharedToken === undefined
        ? []
        : [{ name: SHARED_AGENT, digest: sharedToken, shared: true }]),
    ];
    const configured = settings.map(({ name }) => name);
    this.#names = new Set([
      ...tokens.map(({ name }) => name),
      ...configured,
      ...registry.revoked,
    ]);
    this.#tokens = tokens.filter(({ name }) => !this.isRevoked(name));
    this.#residences = settings
      .flatMap(({ name, addresses = [] }) => addresses.map((block) => ({ name, block })))
      .sort((a, b) => b.block.prefixLength - a.block.prefixLength);
  }

  /** Whether there is no agent, and there never was one. */
  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  isRevoked(name: string): boolean {
    return this.#registry.revoked.has(name);
  }

  /**
   * Finds whose token this is. It must be the user's own, unless it is the shared one; without a user
   * name it must be one agent's alone.
   *
   * @returns `undefined` if it is nobody's, or its owner is revoked.
   */
  identify({ user, token }: PresentedCredentials): ClientIdentity | undefined {
    const digest = tokenDigest(token);
    // Digests, in constant time, and no early end: how long it takes tells nothing of any token.
    const found = this.#tokens.filter((candidate) =>
      sameDigest(candidate.digest, digest) &&
      (user === undefined || candidate.shared || candidate.name === user)
    );
    const names = new Set(found.map(({ name }) => name));
    const [owner] = names;
    return owner === undefined || names.size > 1 ? undefined : identityOf(owner, digest);
  }

  /** Whether who was identified by a token once would be so now. */
  holdsToken({ agent, credential }: ClientIdentity): boolean {
    return this.#tokens.some(({ name, digest }) =>
      name === agent && identityOf(name, digest).credential === credential
    );
  }

  /** Whether some agent that is not revoked is known by its address. */
  get hasAddresses(): boolean {
    return this.#residences.some(({ name }) => !this.isRevoked(name));
  }

  /**
   * Whose address it is: of several blocks that hold it, the narrowest says.
   *
   * @returns `undefined` if it is nobody's, or its owner is revoked.
   */
  at(address: string): ClientIdentity | undefined {
    const found = this.#residences.find(({ block }) => cidrContains(block, address));
    if (found === undefined || this.isRevoked(found.name)) return undefined;
    return { agent: found.name, proof: "address", credential: formatCidr(found.block) };
  }

  /** Whether who was identified by this address once would be so now. */
  holdsAddress({ agent, credential }: ClientIdentity, address: string): boolean {
    const holder = this.at(address);
    return holder?.agent === agent && holder.credential === credential;
  }

  /** Every agent that is known by name, in the order of names. */
  list(): AgentRecord[] {
    return [...this.#names].sort().map((name) => {
      const created = this.#registry.agents.get(name)?.created;
      return {
        name,
        hasToken: this.#tokens.some((token) => token.name === name),
        ...(created === undefined ? {} : { created }),
        revoked: this.isRevoked(name),
      };
    });
  }
}

function named(name: string, tokenSha256: string): Token {
  return { name, digest: Buffer.from(tokenSha256, "hex"), shared: false };
}

function identityOf(agent: string, digest: Uint8Array): ClientIdentity {
  const credential = createHash("sha256").update(digest).digest("hex");
  return { agent, proof: "token", credential };
}
