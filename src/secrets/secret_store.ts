import { parseEnvFile } from "./env_file.ts";
import type { Problem } from "./problem.ts";
import { dropFinalNewline, parseSecretValue, type Secret } from "./secret.ts";
import { variableOfFile } from "./secret_file_names.ts";

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

interface RawVariable {
  readonly text: string;
  readonly source: string;
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

  /** @param variables By name, the winning value of each. */
  constructor(
    variables: ReadonlyMap<string, RawVariable>,
    { isSetting }: Pick<VariableFilter, "isSetting">,
  ) {
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
 * folder wins over an earlier one.
 *
 * @returns The store, and what in the texts cannot be read.
 */
export function loadSecrets(
  { environment, envFiles = [], secretsDirs = [] }: SecretTexts,
  { isWanted, isSetting }: VariableFilter,
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
  return { store: new SecretStore(variables, { isSetting }), problems };
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
