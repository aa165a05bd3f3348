import { resolve } from "node:path";
import { parseSecretValue, type Secret } from "../secrets/secret.ts";
import type { AccessCredential } from "../services/cluster_access.ts";
import { type ExecOptions, readExecPlugin } from "./kube_exec.ts";
import type { MapReader } from "./map_reader.ts";
import { readClientPair } from "./referenced_files.ts";

/** What a user of a kubeconfig is read with. */
export interface KubeUserOptions extends ExecOptions {
  /** What its secrets are called: they are its name and a word. */
  readonly name: string;
}

/**
 * Reads one user (client-go, tools/clientcmd/api/v1, type AuthInfo).
 *
 * @param user What stands under `user:`.
 * @returns `undefined` if it cannot be used: the problems say why.
 */
export function readKubeUser(
  user: MapReader,
  options: KubeUserOptions,
): AccessCredential | undefined {
  const { folder, title, name } = options;
  let usable = true;
  for (const [key, why] of refused) {
    if (!user.says(key)) continue;
    user.problem(`Cannot use ${key} of ${title}: ${why}`, key);
    usable = false;
  }
  const methods = [
    ...(user.says("token") || user.says("tokenFile") ? ["token"] : []),
    ...(user.says("username") || user.says("password") ? ["username"] : []),
    ...(user.says("exec") ? ["exec"] : []),
  ];
  const pair = readClientPair(user, {
    certificate: { data: "client-certificate-data", file: "client-certificate", folder },
    key: { data: "client-key-data", file: "client-key", folder },
    name: `${name} client key`,
  });
  if (!usable || pair === null) return undefined;
  if (methods.length > 1 || (methods[0] === "exec" && pair !== undefined)) {
    const all = pair === undefined ? methods : [...methods, "client-certificate"];
    user.problem(`Cannot tell which credential of ${title} counts: keep one of ${all.join(", ")}`);
    return undefined;
  }
  const certificate = pair === undefined ? {} : { clientCertificate: pair };
  switch (methods[0]) {
    case "exec": {
      const plugin = readExecPlugin(user.map("exec"), options);
      return plugin === undefined ? undefined : { kind: "exec", plugin };
    }
    case "username": {
      const basic = readBasic(user, options);
      return basic === undefined ? undefined : { kind: "fixed", basic, ...certificate };
    }
    case "token": {
      // Like client-go, which keeps to the file if both are there.
      const path = user.text("tokenFile");
      if (path !== undefined) {
        return { kind: "token_file", path: resolve(folder, path), ...certificate };
      }
      const token = readSecret(user, { key: "token", name: `${name} token`, title });
      return token === undefined ? undefined : { kind: "fixed", token, ...certificate };
    }
  }
  if (pair !== undefined) return { kind: "fixed", clientCertificate: pair };
  user.problem(`Cannot use ${title}: it has no credential`);
  return undefined;
}

const impersonation = "acting as someone else is not supported; give the user a credential with " +
  "the rights that it should have";

const refused: readonly (readonly [key: string, why: string])[] = [
  [
    "auth-provider",
    "Kubernetes has removed it (1.26); have the tool that wrote it write exec: in its place",
  ],
  ["as", impersonation],
  ["as-uid", impersonation],
  ["as-groups", impersonation],
  ["as-user-extra", impersonation],
];

function readBasic(
  user: MapReader,
  { title, name }: KubeUserOptions,
): { user: string; password: Secret } | undefined {
  const account = user.text("username");
  const password = readSecret(user, { key: "password", name: `${name} password`, title });
  if (account === undefined || password === undefined) {
    if (account === undefined) user.problem(`Cannot use ${title}: it has no username`);
    return undefined;
  }
  // RFC 7617 section 2: the first colon ends the user-id.
  if (/^[\x21-\x39\x3b-\x7e]+$/.test(account)) return { user: account, password };
  user.problem(
    `Cannot use username of ${title}: write printable ASCII without spaces and colons`,
    "username",
  );
  return undefined;
}

function readSecret(
  user: MapReader,
  { key, name, title }: { key: string; name: string; title: string },
): Secret | undefined {
  const text = user.text(key);
  if (text === undefined) {
    if (!user.says(key)) user.problem(`Cannot use ${title}: it has no ${key}`);
    return undefined;
  }
  const parsed = parseSecretValue(name, text);
  if ("secret" in parsed) return parsed.secret;
  user.problem(`Cannot use ${key} of ${title}: its value ${parsed.refusal}`, key);
  return undefined;
}
