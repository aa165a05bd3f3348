import { parseEnvFile } from "./env_file.ts";
import type { Problem } from "./problem.ts";
import { dropFinalNewline, parseSecretValue, type Secret } from "./secret.ts";
import type { LiveSecret, LiveSecrets } from "./live_secrets.ts";
import { readNamedSecrets } from "./named_secrets.ts";
import { variableOfFile } from "./secret_file_names.ts";
import type { SecretSpec } from "./secret_spec.ts";
import type { RawVariable, SecretsDir, SecretTexts } from "./secret_texts.ts";

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

/** Which variables are of interest, and which of them are no secrets. */
export interface VariableFilter {
  /** Whether anything may ask for this variable; others are not taken from the environment. */
  readonly isWanted: (name: string) => boolean;
  /** Whether the variable is a setting, whose value may be printed. */
  readonly isSetting: (name: string) => boolean;
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
  readonly #missing: Map<string, string>;
  readonly #live: Map<string, LiveSecret>;

  constructor(
    { variables, missing, live }: StoreContent,
    { isSetting }: Pick<VariableFilter, "isSetting">,
  ) {
    this.#missing = new Map(missing);
    this.#live = new Map(live?.entries());
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
    return this.#live.get(name);
  }

  /** Why a named secret is not there. */
  missing(name: string): string | undefined {
    return this.#missing.get(name);
  }

  /** Whether anything is known of it, usable or not. */
  has(name: string): boolean {
    return this.#secrets.has(name) || this.#refusals.has(name) || this.#missing.has(name) ||
      this.#live.has(name);
  }

  /**
   * The same store, in which some variables are other secrets, and some settings have other values.
   *
   * @param options By variable: the name of the secret that it stands for, and the setting.
   */
  with(
    { aliases, settings }: {
      aliases: ReadonlyMap<string, string>;
      settings: ReadonlyMap<string, Setting>;
    },
  ): SecretStore {
    const changed = new SecretStore({ variables: new Map() }, { isSetting: () => false });
    copyWith(this.#secrets, { into: changed.#secrets, aliases });
    copyWith(this.#refusals, { into: changed.#refusals, aliases });
    copyWith(this.#missing, { into: changed.#missing, aliases });
    copyWith(this.#live, { into: changed.#live, aliases });
    for (const [variable, name] of aliases) {
      if (!this.has(name)) changed.#missing.set(variable, `${name} is not set`);
    }
    for (const [name, setting] of [...this.#settings, ...settings]) {
      changed.#settings.set(name, setting);
    }
    return changed;
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

/** What stands for another takes its place, whether that one is there or not. */
function copyWith<T>(
  from: ReadonlyMap<string, T>,
  { into, aliases }: { into: Map<string, T>; aliases: ReadonlyMap<string, string> },
): void {
  for (const [name, value] of from) {
    if (!aliases.has(name)) into.set(name, value);
  }
  for (const [variable, name] of aliases) {
    const value = from.get(name);
    if (value !== undefined) into.set(variable, value);
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
  // A setting's value is printed.
  const named = new Map([...specs ?? []].filter(([name]) => !isSetting(name)));
  for (const name of specs?.keys() ?? []) {
    if (!isSetting(name)) continue;
    const message = `Cannot name a secret ${name}: that is a setting; give it another name`;
    problems.push({ where: `secrets.${name}`, message });
  }
  const missing = readNamedSecrets(named, { variables, files: namedFiles });
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
