import { createPrivateFile, PrivateFileError, readPrivateFile } from "../ca/private_files.ts";
import { StartError } from "../secrets/start_error.ts";
import { isLoopback } from "../wire/loopback.ts";
import { AgentGate } from "./agent_gate.ts";

const GENERATED_OCTETS = 32;
const SHORTEST_TOKEN = 16;

/** Who may use the two listeners. */
export interface AgentGates {
  readonly proxyGate: AgentGate;
  readonly adminGate: AgentGate;
  /** The file that the token is in, if a listener demands it. */
  readonly agentTokenFile: string | undefined;
}

/** What the operator said about who may use the listeners. */
export interface AccessSettings {
  readonly listen: { readonly hostname: string };
  readonly admin: { readonly hostname: string };
  readonly agentTokenFile?: string;
  readonly allowUnauthenticated: boolean;
}

/**
 * Decides whether the listeners demand the agent token: off loopback always, unless
 * --allow-unauthenticated says otherwise; on loopback only if a token was given (I8).
 *
 * @param privateFolder Where a token is generated if none is given.
 * @throws {StartError} if the token cannot be read or is too short.
 */
export async function openAgentGates(
  config: AccessSettings,
  privateFolder: string,
): Promise<AgentGates> {
  const open = AgentGate.open();
  if (config.allowUnauthenticated) {
    return { proxyGate: open, adminGate: open, agentTokenFile: undefined };
  }
  const given = config.agentTokenFile !== undefined;
  const proxyDemands = given || !isLoopback(config.listen.hostname);
  const adminDemands = !isLoopback(config.admin.hostname);
  if (!proxyDemands && !adminDemands) {
    return { proxyGate: open, adminGate: open, agentTokenFile: undefined };
  }
  const agentTokenFile = config.agentTokenFile ?? `${privateFolder}/agent-token`;
  const gate = AgentGate.demanding(await readToken(agentTokenFile, given ? "given" : "generated"));
  return {
    proxyGate: proxyDemands ? gate : open,
    adminGate: adminDemands ? gate : open,
    agentTokenFile,
  };
}

async function readToken(path: string, origin: "given" | "generated"): Promise<string> {
  const where = origin === "given" ? `--agent-token-file ${path}` : path;
  try {
    if (origin === "generated") await createPrivateFile(path, `${generateToken()}\n`);
    const token = (await readPrivateFile(path))?.replace(/\r?\n$/, "");
    if (token === undefined) throw new StartError([{ where, message: "there is no such file" }]);
    if (token.length < SHORTEST_TOKEN || !/^[\x21-\x7e]+$/.test(token)) {
      throw new StartError([{
        where,
        message: `the token must be ${SHORTEST_TOKEN} or more printable characters without spaces`,
      }]);
    }
    return token;
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    throw new StartError([{ where, message: error.message }]);
  }
}

function generateToken(): string {
  const octets = crypto.getRandomValues(new Uint8Array(GENERATED_OCTETS));
  return btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
}
