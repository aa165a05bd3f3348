import type { Config } from "../config/config.ts";

/** What is opened once, at start. */
const openedOnce = [
  "listen",
  "admin",
  "listenTls",
  "tlsClients",
  "transparent",
  "listenNames",
  "adminSocket",
  "caDir",
  "givenCa",
  "agentTokenFile",
  "adminTokenFile",
  "allowUnauthenticated",
  "audit",
  "logFormat",
] as const satisfies readonly (keyof Config)[];

/** Names the settings that differ and are not put in force by a reload. */
export function settingsForRestart(before: Config, after: Config): string[] {
  return openedOnce.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}
