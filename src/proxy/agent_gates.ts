import { agentRegistryPath } from "../ca/agent_registry_file.ts";
import { PrivateFileError } from "../ca/private_files.ts";
import { tokenDigest } from "../ca/token_digest.ts";
import { openGeneratedToken, readGivenToken } from "../ca/token_file.ts";
import type { Log } from "../observe/log.ts";
import { isAgentName } from "../policy/agent_name.ts";
import { isTokenDigest } from "../policy/agent_registry.ts";
import type { AgentRecord } from "../policy/agent_status.ts";
import type { Problem } from "../secrets/problem.ts";
import { StartError } from "../secrets/start_error.ts";
import { formatCidr } from "../wire/ip_address.ts";
import { isLoopback } from "../wire/loopback.ts";
import { AgentGate } from "./agent_gate.ts";
import { AgentRegistryWatch } from "./agent_registry_watch.ts";
import { type AgentSetting, KnownAgents } from "./known_agents.ts";

/** What the operator said about who may use the listeners. */
export interface AccessSettings {
  readonly listen: { readonly hostname: string };
  readonly agentTokenFile?: string;
  readonly allowUnauthenticated: boolean;
  readonly listenTls?: unknown;
  /** What clients of --listen-tls prove themselves by. */
  readonly tlsClients: "certificate" | "token";
}

export interface AgentGatesOptions {
  /** Where the registry lies, and a token is generated if one is needed and none is given. */
  readonly privateFolder: string;
  /** The agents that the configuration names. */
  readonly settings?: readonly AgentSetting[];
  readonly log: Log;
}

/** Who may use the proxy, kept up to date with the agent registry. */
export class AgentGates {
  /** For --listen. */
  readonly proxyGate: AgentGate;
  /** For --listen-tls, which demands identity on loopback too. */
  readonly tlsGate: AgentGate;
  /** The file that the shared token is in, if there is one. */
  readonly agentTokenFile: string | undefined;
  /** Called after somebody was added or revoked, or has got another token. */
  onChange: (() => void) | undefined;
  readonly #allowsUnauthenticated: boolean;
  readonly #watch: AgentRegistryWatch;
  readonly #know: (settings: readonly AgentSetting[]) => KnownAgents;
  #settings: readonly AgentSetting[];
  #known: KnownAgents;

  /**
   * @param options `know` puts together what is known at the present moment, with the agents that the
   * configuration names.
   */
  constructor(
    watch: AgentRegistryWatch,
    { config, agentTokenFile, settings, know }: {
      config: AccessSettings;
      agentTokenFile: string | undefined;
      settings: readonly AgentSetting[];
      know: (settings: readonly AgentSetting[]) => KnownAgents;
    },
  ) {
    this.#watch = watch;
    this.#know = know;
    this.#settings = settings;
    this.#known = know(settings);
    this.agentTokenFile = agentTokenFile;
    this.#allowsUnauthenticated = config.allowUnauthenticated;
    this.tlsGate = new AgentGate(() => this.#known, this.#onNetwork);
    this.proxyGate = this.gateAt(config.listen.hostname);
    watch.onChange = () => this.#refresh();
  }

  /** For one more listener, on this address. */
  gateAt(hostname: string): AgentGate {
    const onLoopback = this.#allowsUnauthenticated ? "never" : "once agents are known";
    const demand = isLoopback(hostname) ? onLoopback : this.#onNetwork;
    return new AgentGate(() => this.#known, demand);
  }

  get #onNetwork(): "never" | "always" {
    return this.#allowsUnauthenticated ? "never" : "always";
  }

  /** Takes the agents that the configuration names now. */
  configure(settings: readonly AgentSetting[]): void {
    this.#settings = settings;
    this.#refresh();
  }

  #refresh(): void {
    this.#known = this.#know(this.#settings);
    this.onChange?.();
  }

  /** Every agent that is known by name. */
  list(): AgentRecord[] {
    return this.#known.list();
  }

  /** Reads the registry if it has changed; what is new is in force when this resolves. */
  async refresh(): Promise<void> {
    await this.#watch.refresh();
  }

  /** Stops looking at the registry. */
  close(): void {
    this.#watch.close();
  }
}

/**
 * Decides whether clients have to prove who they are: off loopback always, on loopback if there is an
 * agent, was one, or a token was given; never with --allow-unauthenticated (I8).
 *
 * @throws {StartError} If a token or the registry cannot be read, or a setting is malformed.
 */
export async function openAgentGates(
  config: AccessSettings,
  { privateFolder, settings = [], log }: AgentGatesOptions,
): Promise<AgentGates> {
  checkSettings(settings);
  const watch = await openWatch(agentRegistryPath(privateFolder), log);
  let agentTokenFile = config.agentTokenFile;
  let token: string | undefined;
  if (agentTokenFile !== undefined) {
    token = await readGivenToken("--agent-token-file", agentTokenFile);
  } else if (needsToken(config) && new KnownAgents(watch.current, { settings }).isEmpty) {
    agentTokenFile = `${privateFolder}/agent-token`;
    token = await openGeneratedToken(agentTokenFile);
  }
  const sharedToken = token === undefined ? undefined : tokenDigest(token);
  return new AgentGates(watch, {
    config,
    agentTokenFile,
    settings,
    know: (current) => new KnownAgents(watch.current, { settings: current, sharedToken }),
  });
}

/** Whether there is a listener that nobody could use without one. */
function needsToken(config: AccessSettings): boolean {
  if (config.allowUnauthenticated) return false;
  return !isLoopback(config.listen.hostname) ||
    (config.listenTls !== undefined && config.tlsClients === "token");
}

async function openWatch(path: string, log: Log): Promise<AgentRegistryWatch> {
  try {
    return await AgentRegistryWatch.open(path, log);
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    throw new StartError([{ where: path, message: error.message }]);
  }
}

/**
 * Checks the agents that a configuration names.
 *
 * @throws {StartError} If a setting is malformed.
 */
export function checkSettings(settings: readonly AgentSetting[]): void {
  const problems = [...sharedBlocks(settings), ...malformed(settings)];
  if (problems.length > 0) throw new StartError(problems);
}

/** Blocks of addresses of which nobody could say whose they are. */
function sharedBlocks(settings: readonly AgentSetting[]): Problem[] {
  const owners = new Map<string, string>();
  return settings.flatMap(({ name, addresses = [] }) =>
    addresses.map(formatCidr).flatMap((block) => {
      const owner = owners.get(block) ?? name;
      owners.set(block, owner);
      if (owner === name) return [];
      return [{
        where: `agents.${name}`,
        message: `addresses: ${block} is agent ${owner}'s already; give each its own`,
      }];
    })
  );
}

function malformed(settings: readonly AgentSetting[]): Problem[] {
  return settings.flatMap(({ name, tokenSha256 }) => {
    const where = `agents.${name}`;
    if (!isAgentName(name)) return [{ where, message: "it is no name that an agent can have" }];
    if (tokenSha256 === undefined || isTokenDigest(tokenSha256)) return [];
    return [{ where, message: "token_sha256 must be 64 digits of lower-case hex" }];
  });
}
