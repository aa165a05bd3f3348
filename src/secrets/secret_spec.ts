/** Where a secret that the configuration names comes from. Paths are absolute, times in milliseconds. */
export type SecretSpec = StaticSpec | LiveSpec;

/** Read once for each snapshot; a change of what it is read from makes another snapshot. */
export type StaticSpec =
  | { readonly kind: "env"; readonly variable: string }
  | FileSpec;

/** Obtained when it is needed, and again when it is due. */
export type LiveSpec = CommandSpec | ClaudeCodeSpec;

export interface FileSpec {
  readonly kind: "file";
  readonly path: string;
  /** Where in a JSON file the value stands: `data.token`. The whole file is the value without it. */
  readonly key?: string;
}

export interface CommandSpec {
  readonly kind: "command";
  /** At least the program's path or name. */
  readonly argv: readonly string[];
  /** On top of the proxy's environment, from which the credentials of services are taken out. */
  readonly env: Readonly<Record<string, string>>;
  /** `text`: all that it prints, but for one line end. `json`: {@linkcode parseCommandJson}. */
  readonly format: "text" | "json";
  /** Where in the JSON the value stands. */
  readonly key: string;
  /** How long a value is used that does not say when it expires. */
  readonly ttl: number;
  readonly timeout: number;
  /** How long beyond its time a value is used while there is no other. */
  readonly maxStale: number;
}

export interface ClaudeCodeSpec {
  readonly kind: "claude_code";
  readonly path: string;
}

/** Whether a secret is obtained when it is needed. */
export function isLive(spec: SecretSpec): spec is LiveSpec {
  return spec.kind !== "env" && spec.kind !== "file";
}
