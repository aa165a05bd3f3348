/** Where a secret that the configuration names comes from. Paths are absolute, times in milliseconds. */
export type SecretSpec = StaticSpec | LiveSpec;

/** Read once for each snapshot; a change of what it is read from makes another snapshot. */
export type StaticSpec =
  | { readonly kind: "env"; readonly variable: string }
  | FileSpec;

/** Obtained when it is needed, and again when it is due. */
export type LiveSpec = CommandSpec | ClaudeCodeSpec | OAuth2Spec | VaultSpec | GithubAppSpec;

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

/** What other secrets are needed for is said by their names. */
export interface OAuth2Spec {
  readonly kind: "oauth2";
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The grant is refresh_token with one, client_credentials without. */
  readonly refreshToken?: string;
  readonly scope?: string;
  readonly audience?: string;
  /** Where the client's secret goes. */
  readonly auth: "basic" | "body";
  /** A PEM file of the only CAs that are trusted. */
  readonly ca?: string;
}

export interface VaultSpec {
  readonly kind: "vault";
  readonly url: string;
  /** Below `/v1/`: `secret/data/app`. */
  readonly path: string;
  readonly field: string;
  readonly auth:
    | { readonly kind: "token"; readonly token: string }
    | {
      readonly kind: "approle";
      readonly mount: string;
      readonly roleId: string;
      readonly secretId: string;
    }
    | {
      readonly kind: "kubernetes";
      readonly mount: string;
      readonly role: string;
      readonly jwtFile: string;
    };
  readonly namespace?: string;
  readonly ca?: string;
  readonly ttl: number;
  readonly maxStale: number;
}

export interface GithubAppSpec {
  readonly kind: "github_app";
  readonly appId: string;
  readonly installationId: string;
  readonly privateKeyFile: string;
  readonly api: string;
  readonly repositories?: readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly ca?: string;
}

/** The names of other secrets that a source needs. */
export function inputsOf(spec: SecretSpec): readonly string[] {
  if (spec.kind === "oauth2") {
    return [spec.clientSecret, spec.refreshToken].filter((name) => name !== undefined);
  }
  if (spec.kind !== "vault") return [];
  if (spec.auth.kind === "token") return [spec.auth.token];
  return spec.auth.kind === "approle" ? [spec.auth.secretId] : [];
}

/** Whether a secret is obtained when it is needed. */
export function isLive(spec: SecretSpec): spec is LiveSpec {
  return spec.kind !== "env" && spec.kind !== "file";
}
