import { z } from "zod";
import type { SecretSpec } from "../secrets/secret_spec.ts";
import { placed } from "./placed.ts";
import { parseDuration } from "./rates.ts";
import { closed, filePath, parsed, secretName } from "./schema_parts.ts";

type Placeless = (folder: string) => SecretSpec;

const httpsUrl = parsed("write a URL, as https://HOST/PATH", (text) => {
  if (/^http:/i.test(text)) throw new Error("Cannot send a credential in clear: write https://…");
  if (!/^https:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i.test(text)) {
    throw new Error("write a URL without a user and a query, as https://HOST/PATH");
  }
  return text;
});

const text = (hint: string) => z.string({ error: hint }).min(1, { error: hint });
const numberOrText = (hint: string) =>
  z.union([z.number(), z.string().min(1)], { error: hint }).transform(String);
const path = parsed("write a path, such as secret/data/app", (given) => {
  if (/^[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/.test(given) && !/(^|\/)\.\.?(\/|$)/.test(given)) {
    return given;
  }
  throw new Error("write a path without a slash at its ends, such as secret/data/app");
});

const anchors = (ca: string | undefined, folder: string) =>
  ca === undefined ? {} : { ca: placed(ca, folder) };

/** `{ oauth2: { token_url: …, client_id: … } }`. */
export const oauth2Source = closed({
  oauth2: closed({
    token_url: httpsUrl,
    client_id: text("write the client's identifier"),
    client_secret: secretName.exactOptional(),
    refresh_token: secretName.exactOptional(),
    scope: text("write scopes, separated by spaces").exactOptional(),
    audience: text("write the audience").exactOptional(),
    auth: z.enum(["basic", "body"], { error: "write basic or body" }).exactOptional(),
    ca: filePath.exactOptional(),
  }),
}).transform(({ oauth2 }, context): Placeless => {
  const { token_url, client_id, client_secret, refresh_token, auth, ca, ...rest } = oauth2;
  if (client_secret === undefined && refresh_token === undefined) {
    const message = "write client_secret: or refresh_token:, with the name of a secret";
    context.addIssue({ code: "custom", message, path: ["oauth2"] });
  }
  return (folder) => ({
    kind: "oauth2",
    tokenUrl: token_url,
    clientId: client_id,
    ...(client_secret === undefined ? {} : { clientSecret: client_secret }),
    ...(refresh_token === undefined ? {} : { refreshToken: refresh_token }),
    auth: auth ?? "basic",
    ...rest,
    ...anchors(ca, folder),
  });
});

const mount = path.exactOptional();
const vaultAuth = z.union([
  closed({ token: secretName }).transform(({ token }) => () => ({ kind: "token" as const, token })),
  closed({
    approle: closed({ role_id: text("write the role's id"), secret_id: secretName, mount }),
  }).transform(({ approle: { role_id, secret_id, mount: at } }) => () => ({
    kind: "approle" as const,
    mount: at ?? "approle",
    roleId: role_id,
    secretId: secret_id,
  })),
  closed({
    kubernetes: closed({
      role: text("write the role's name"),
      jwt_file: filePath.exactOptional(),
      mount,
    }),
  }).transform(({ kubernetes: { role, jwt_file, mount: at } }) => (folder: string) => ({
    kind: "kubernetes" as const,
    mount: at ?? "kubernetes",
    role,
    jwtFile: placed(jwt_file ?? "/var/run/secrets/kubernetes.io/serviceaccount/token", folder),
  })),
], { error: "write { token: NAME }, { approle: … } or { kubernetes: … }" });

const duration = (hint: string) => parsed(`write a time, such as ${hint}`, parseDuration);

/** `{ vault: { url: …, path: …, field: …, auth: … } }`. */
export const vaultSource = closed({
  vault: closed({
    url: httpsUrl,
    path,
    field: text("write the field's name"),
    auth: vaultAuth,
    namespace: text("write the namespace").exactOptional(),
    ca: filePath.exactOptional(),
    ttl: duration("5m").exactOptional(),
    max_stale: duration("1h").exactOptional(),
  }),
}).transform(({ vault }): Placeless => {
  const { auth, ca, ttl, max_stale, ...rest } = vault;
  return (folder) => ({
    kind: "vault",
    ...rest,
    auth: auth(folder),
    ttl: ttl ?? 300_000,
    maxStale: max_stale ?? 3_600_000,
    ...anchors(ca, folder),
  });
});

/** `{ github_app: { app_id: …, installation_id: …, private_key_file: … } }`. */
export const githubAppSource = closed({
  github_app: closed({
    app_id: numberOrText("write the App's id or client id"),
    installation_id: parsedId("write the installation's id, a number"),
    private_key_file: filePath,
    api: httpsUrl.exactOptional(),
    repositories: z.array(text("write a repository's name")).exactOptional(),
    permissions: z.record(z.string(), text("write read, write or admin")).exactOptional(),
    ca: filePath.exactOptional(),
  }),
}).transform(({ github_app }): Placeless => {
  const { app_id, installation_id, private_key_file, api, ca, ...rest } = github_app;
  return (folder) => ({
    kind: "github_app",
    appId: app_id,
    installationId: installation_id,
    privateKeyFile: placed(private_key_file, folder),
    api: api ?? "https://api.github.com",
    ...rest,
    ...anchors(ca, folder),
  });
});

function parsedId(hint: string) {
  return z.union([z.number().int().positive(), z.string().regex(/^\d{1,20}$/)], { error: hint })
    .transform(String);
}
