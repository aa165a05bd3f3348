import { quoteInput } from "../wire/wire_error.ts";
import { isAgentName } from "./agent_name.ts";

/** An agent that has a token. */
export interface RegisteredAgent {
  /** SHA-256 of the token, 64 digits of lower-case hex; the token itself is kept nowhere. */
  readonly tokenSha256: string;
  /** When the token was made, ISO 8601 in UTC. */
  readonly created: string;
}

/** The agents that were added and revoked by command. */
export interface AgentRegistry {
  readonly agents: ReadonlyMap<string, RegisteredAgent>;
  /** Names whose tokens and certificates are refused, whoever vouches for them. */
  readonly revoked: ReadonlySet<string>;
}

/** The registry before the first agent. */
export const emptyRegistry: AgentRegistry = { agents: new Map(), revoked: new Set() };

/**
 * Adds an agent, or gives it another token in place of the one that it had.
 *
 * @throws {Error} If the name was revoked: the certificates that it had would be valid again.
 */
export function withAgent(
  registry: AgentRegistry,
  { name, ...agent }: RegisteredAgent & { readonly name: string },
): AgentRegistry {
  if (registry.revoked.has(name)) {
    throw new Error(
      `Cannot add the agent ${quoteInput(name)}: it has been revoked, and its old certificates ` +
        "would be valid again; choose another name",
    );
  }
  return { ...registry, agents: new Map(registry.agents).set(name, agent) };
}

/** Revokes a name for good: its token is forgotten, its certificates are refused. */
export function withRevoked(registry: AgentRegistry, name: string): AgentRegistry {
  const agents = new Map(registry.agents);
  agents.delete(name);
  return { agents, revoked: new Set(registry.revoked).add(name) };
}

/** Writes the registry as JSON, names in order, so that it can be read and compared. */
export function formatAgentRegistry({ agents, revoked }: AgentRegistry): string {
  const document = {
    agents: Object.fromEntries(
      [...agents].sort(([a], [b]) => a < b ? -1 : 1)
        .map(([name, { tokenSha256, created }]) => [name, { token_sha256: tokenSha256, created }]),
    ),
    revoked: [...revoked].sort(),
  };
  return JSON.stringify(document, null, 2) + "\n";
}

/**
 * Reads what {@linkcode formatAgentRegistry} writes. Whatever it does not know is refused: what is
 * overlooked here could be a revocation.
 *
 * @throws {Error} With what is wrong and where, and no value from the text.
 */
export function parseAgentRegistry(text: string): AgentRegistry {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // Not the parser's message: it quotes the text.
    throw new Error("it is not JSON");
  }
  const { agents, revoked } = membersOf(document, { at: "it", names: ["agents", "revoked"] });
  if (!Array.isArray(revoked)) throw new Error("revoked is not a list");
  return {
    agents: new Map(
      Object.entries(objectAt(agents, "agents")).map(([name, agent]) => [
        nameAt(name, "agents"),
        parseAgent(agent, `agents.${name}`),
      ]),
    ),
    revoked: new Set(revoked.map((name) => nameAt(name, "revoked"))),
  };
}

function parseAgent(value: unknown, at: string): RegisteredAgent {
  const { token_sha256: tokenSha256, created } = membersOf(value, {
    at,
    names: ["token_sha256", "created"],
  });
  if (typeof tokenSha256 !== "string" || !isTokenDigest(tokenSha256)) {
    throw new Error(`${at}.token_sha256 is not 64 digits of lower-case hex`);
  }
  if (typeof created !== "string" || Number.isNaN(Date.parse(created))) {
    throw new Error(`${at}.created is not a time`);
  }
  return { tokenSha256, created };
}

/** Whether the text is a SHA-256 as the registry has it. */
export function isTokenDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function nameAt(name: unknown, at: string): string {
  if (typeof name === "string" && isAgentName(name)) return name;
  throw new Error(`${at} has a name that no agent can have`);
}

function membersOf(
  value: unknown,
  { at, names }: { at: string; names: readonly string[] },
): Record<string, unknown> {
  const object = objectAt(value, at);
  const present = Object.keys(object);
  if (present.length !== names.length || names.some((name) => !Object.hasOwn(object, name))) {
    throw new Error(`${at} does not have the members ${names.join(" and ")} and no other`);
  }
  return object;
}

function objectAt(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error(`${at} is not an object`);
}
