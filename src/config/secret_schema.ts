import { homeFolder } from "../secrets/home_folder.ts";
import { join } from "node:path";
import { z } from "zod";
import type { SecretSpec } from "../secrets/secret_spec.ts";
import { placed } from "./placed.ts";
import { isProgramPath } from "./absolute_paths.ts";
import { nearest } from "./nearest.ts";
import { parseDuration } from "./rates.ts";
import { githubAppSource, oauth2Source, vaultSource } from "./remote_secret_schema.ts";
import { closed, filePath, oneOf, parsed, secretName, some } from "./schema_parts.ts";

/** A source of the file: its paths may still have to be taken from the file's folder. */
export type PlacelessSecret = (folder: string) => SecretSpec;

const SOURCE = "write where it comes from, as { env: VARIABLE }, { file: PATH } or " +
  "{ command: [PROGRAM, ARGUMENT] }, never the secret itself";

const duration = (hint: string) => parsed(`write a time, such as ${hint}`, parseDuration);

const jsonKey = parsed("write where it stands in the JSON, such as data.token", (text) => {
  if (/^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,15}$/.test(text)) return text;
  throw new Error("write names joined by dots, such as data.token");
});

const env = closed({ env: secretName }).transform(({ env: variable }): PlacelessSecret => () => ({
  kind: "env",
  variable,
}));

const file = closed({ file: filePath, key: jsonKey.exactOptional() })
  .transform(({ file: path, key }): PlacelessSecret => (folder) => ({
    kind: "file",
    path: placed(path, folder),
    ...(key === undefined ? {} : { key }),
  }));

const command = closed({
  command: some(
    z.string({ error: "write a text, in quotes" }),
    "write a program and its arguments as a list, such as [gh, auth, token]",
  ),
  env: z.record(z.string(), z.string({ error: "write a text, in quotes" }), {
    error: "write variables, as NAME: value",
  }).exactOptional(),
  format: oneOf(["text", "json"]).exactOptional(),
  key: jsonKey.exactOptional(),
  ttl: duration("10m").exactOptional(),
  timeout: duration("30s").exactOptional(),
  max_stale: duration("1h").exactOptional(),
}).transform(({ command: argv, env, format, key, ttl, timeout, max_stale }, context) => {
  if (key !== undefined && format !== "json") {
    const message = "it is about JSON: add format: json";
    context.addIssue({ code: "custom", message, path: ["key"] });
  }
  const [program = "", ...args] = argv;
  return (folder: string): SecretSpec => ({
    kind: "command",
    argv: [isProgramPath(program) ? placed(program, folder) : program, ...args],
    env: env ?? {},
    format: format ?? "text",
    key: key ?? "token",
    ttl: ttl ?? 300_000,
    timeout: timeout ?? 30_000,
    maxStale: max_stale ?? 3_600_000,
  });
});

const claudeCode = closed({
  claude_code: z.union([z.literal(true), filePath], {
    error: "write true, or the path of .credentials.json",
  }),
}).transform(({ claude_code }): PlacelessSecret => (folder) => ({
  kind: "claude_code",
  path: claude_code === true
    ? join(homeFolder(), ".claude", ".credentials.json")
    : placed(claude_code, folder),
}));

/** By the key that tells what kind of source it is. */
export const secretSources: Readonly<Record<string, z.ZodType<PlacelessSecret>>> = {
  env,
  file,
  command,
  claude_code: claudeCode,
  oauth2: oauth2Source,
  vault: vaultSource,
  github_app: githubAppSource,
};

/** One source. It is told by its key, so that what is wrong with it is said of that kind alone. */
export const secretSource = z.unknown().transform((value, context): PlacelessSecret => {
  const kinds = Object.keys(secretSources);
  const given = typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.keys(value)
    : [];
  const kind = kinds.find((each) =>
    given.includes(each) && !(each === "env" && given.length > 1 &&
      given.includes("command"))
  );
  const schema = kind === undefined ? undefined : secretSources[kind];
  if (schema === undefined) {
    const meant = given.flatMap((each) => nearest(each, kinds) ?? []).at(0);
    const hint = meant === undefined ? SOURCE : `no such source; did you mean ${meant}?`;
    context.addIssue({ code: "custom", message: hint });
    return z.NEVER;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.addIssue({ ...issue });
  return z.NEVER;
});

/** `secrets:` of the file. */
export const secretsSchema = z.record(secretName, secretSource, {
  error: `write names and sources, as gh: { command: [gh, auth, token] }`,
});
