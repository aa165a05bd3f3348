/** The texts that `loadSecrets` reads. */
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

/** The file of a named secret: its text, or why that cannot be had. */
export type NamedFile =
  & { readonly path: string }
  & (
    | { readonly text: string }
    | { readonly message: string }
  );

/** A value as it was found. */
export interface RawVariable {
  readonly text: string;
  readonly source: string;
}
