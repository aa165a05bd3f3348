import { parseEnvFile } from "./env_file.ts";
import type { Problem } from "./problem.ts";
import { dropFinalNewline, parseSecretValue, type Secret } from "./secret.ts";
import type { LiveSecret, LiveSecrets } from "./live_secrets.ts";
import { readNamedSecrets } from "./named_secrets.ts";
import type { NamedFile } from "./secret_files.ts";
import { variableOfFile } from "./secret_file_names.ts";
import type { SecretSpec } from "./secret_spec.ts";

/** A credential, and where it came from. */
export interface StoredSecret {
  readonly secret: Secret;
  /** `environment`, `secrets.env:3` or `/run/secrets/github_token`. */
  readonly source: string;
}

/** A variable that is no credential (a host, a path): its value may be printed. */
export interface Setting {
  readonly value: string;
  readonly source: string;
}

/** The texts that {@linkcode loadSecrets} reads. */
export interface SecretTexts {
  /** The process environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** In the order in which they were given. */
  readonly envFiles?: readonly { readonly path: string; readonly text: string }[];
  /** In the order in which they were given. */
  readonly secretsDirs?: readonly SecretsDir[];
  /** The files of named secrets, by the secret's name. */
  readonly namedFiles?: ReadonlyMap<string, NamedFile>;
}

/** A folder with one file per secret. */
export interface SecretsDir {
  /** The folder's path. */
  readonly path: string;
  readonly files: readonly {
    readonly name: string;
    readonly path: string;
    readonly text: string;
  }[];
}

/** Which variables are of interest, and which of them are no secrets. */
export interface VariableFilter {
  /** Whether anything may ask for this variable; others are not taken from the environment. */
  readonly isWanted: (name: string) => boolean;
  /** Whether the variable is a setting, whose value may be printed. */
  readonly isSetting: (name: string) => boolean;
}

/** A value as it was found. */
export interface RawVariable {
  readonly text: string;
  readonly source: string;
}

/** What a store is made of. */
export interface StoreContent {
  /** By name, the winning value of each. */
  readonly variables: ReadonlyMap<string, RawVariable>;
  /** Named secrets that are not there, and why. */
  readonly missing?: ReadonlyMap<string, string>;
  readonly live?: LiveSecrets;
}

/**
 * Every variable known at one moment. It never changes: a reload makes another.
 *
 * A value that cannot be a credential is known by its refusal only. It is for whoever needs the
 * variable to report that: an env file may hold other people's variables, of any form.
 */
export class SecretStore {
  readonly #secrets = new Map<string, StoredSecret>();
  readonly #refusals = new Map<string, Problem>();
  readonly #settings = new Map<string, Setting>();
  readonly #missing: ReadonlyMap<string, string>;
  readonly #live: LiveSecrets | undefined;

  constructor(
    { variables, missing = new Map(), live }: StoreContent,
    { isSetting }: Pick<VariableFilter, "isSetting">,
  ) {
    this.#missing = missing;
    this.#live = live;
    for (const [name, { text, source }] of variables) {
      if (isSetting(name)) {
        this.#settings.set(name, { value: text.trim(), source });
        continue;
      }
      const parsed = parseSecretValue(name, text);
      if ("secret" in parsed) this.#secrets.set(name, { secret: parsed.secret, source });
      else {
        this.#refusals.set(name, {
          where: source,
          message: `Cannot use ${name}: its value ${parsed.refusal}`,
        });
      }
    }
  }

  /** The credential in a variable; `undefined` if it is missing, refused or a setting. */
  get(variable: string): StoredSecret | undefined {
    return this.#secrets.get(variable);
  }

  /** A secret that is obtained when it is needed. */
  live(name: string): LiveSecret | undefined {
    return this.#live?.get(name);
  }

  /** Why a named secret is not there. */
  missing(name: string): string | undefined {
    return this.#missing.get(name);
  }

  /** Whether anything is known of it, usable or not. */
  has(name: string): boolean {
    return this.#secrets.has(name) || this.#refusals.has(name) || this.#missing.has(name) ||
      this.live(name) !== undefined;
  }

  /** Why a variable that is set cannot be used as a credential. */
  refusal(variable: string): Problem | undefined {
    return this.#refusals.get(variable);
  }

  /** A setting's value; `undefined` if it is missing or a credential. */
  setting(variable: string): Setting | undefined {
    return this.#settings.get(variable);
  }

  /** The names of all variables that are set, usable or not. */
  names(): string[] {
    return [...this.#secrets.keys(), ...this.#refusals.keys(), ...this.#settings.keys()];
  }
}

/**
 * Makes a store out of texts.
 *
 * The process environment wins over env files, and those over folders of secrets. A later file or
 * folder wins over an earlier one. A secret that the configuration names wins over a variable of that
 * name.
 *
 * @param options `specs` says where named secrets come from; `live` has those that are obtained when
 *   they are needed.
 * @returns The store, and what in the texts cannot be read.
 */
export function loadSecrets(
  { environment, envFiles = [], secretsDirs = [], namedFiles = new Map() }: SecretTexts,
  { isWanted, isSetting, specs, live }: VariableFilter & {
    specs?: ReadonlyMap<string, SecretSpec>;
    live?: LiveSecrets;
  },
): { store: SecretStore; problems: Problem[] } {
  const variables = new Map<string, RawVariable>();
  const problems: Problem[] = [];
  for (const dir of secretsDirs) readSecretsDir(dir, { variables, problems, isWanted });
  for (const { path, text } of envFiles) {
    const parsed = parseEnvFile(text);
    for (const { line, message } of parsed.problems) {
      problems.push({ where: `${path}:${line}`, message: `Cannot read this line: ${message}` });
    }
    for (const [name, { value, line }] of parsed.entries) {
      variables.set(name, { text: value, source: `${path}:${line}` });
    }
  }
  for (const [name, text] of Object.entries(environment)) {
    if (isWanted(name)) variables.set(name, { text, source: "environment" });
  }
  const missing = readNamedSecrets(specs ?? new Map(), { variables, files: namedFiles });
  const content = { variables, missing, ...(live === undefined ? {} : { live }) };
  return { store: new SecretStore(content, { isSetting }), problems };
}

function readSecretsDir(
  dir: SecretsDir,
  { variables, problems, isWanted }: {
    variables: Map<string, RawVariable>;
    problems: Problem[];
    isWanted: (name: string) => boolean;
  },
): void {
  const seen = new Map<string, string>();
  for (const { name, path, text } of dir.files) {
    const variable = variableOfFile(name);
    if (variable === undefined || !isWanted(variable)) continue;
    const earlier = seen.get(variable);
    if (earlier !== undefined) {
      problems.push({
        where: dir.path,
        message: `Cannot choose between ${earlier} and ${name}: both are ${variable}; remove one`,
      });
      continue;
    }
    seen.set(variable, name);
    variables.set(variable, { text: dropFinalNewline(text), source: path });
  }
}
