/** The contract: every option of a source counts, and has a default where it may be left out. */

import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseConfigFile } from "../../src/config/config_file.ts";

function specOf(source: string): unknown {
  const text = `secrets: { tested: ${source} }\n`;
  const { file, problems } = parseConfigFile(text, { path: "dir/c.yaml", services: [] });
  assert.deepEqual(problems, [], text);
  return file.secrets.get("tested");
}

const at = (path: string) => resolve("dir", path);
const url = "https://login.example/token";

const cases: [string, unknown][] = [
  ["{ env: A }", { kind: "env", variable: "A" }],
  ["{ file: ./a }", { kind: "file", path: at("a") }],
  ["{ file: ~/a, key: b.c }", { kind: "file", path: join(homedir(), "a"), key: "b.c" }],
  ["{ command: [gh, auth, token] }", {
    kind: "command",
    argv: ["gh", "auth", "token"],
    env: {},
    format: "text",
    key: "token",
    ttl: 300_000,
    timeout: 30_000,
    maxStale: 3_600_000,
  }],
  [
    "{ command: [./x, ./y], env: { A: b }, format: json, key: c, ttl: 1s, timeout: 2m, max_stale: 3h }",
    {
      kind: "command",
      argv: [at("x"), "./y"],
      env: { A: "b" },
      format: "json",
      key: "c",
      ttl: 1000,
      timeout: 120_000,
      maxStale: 10_800_000,
    },
  ],
  ["{ claude_code: true }", {
    kind: "claude_code",
    path: join(homedir(), ".claude", ".credentials.json"),
  }],
  ["{ claude_code: ./c.json }", { kind: "claude_code", path: at("c.json") }],
  [`{ oauth2: { token_url: "${url}", client_id: me, client_secret: S } }`, {
    kind: "oauth2",
    tokenUrl: url,
    clientId: "me",
    clientSecret: "S",
    auth: "basic",
  }],
  [
    `{ oauth2: { token_url: "${url}", client_id: me, refresh_token: R, scope: a b, audience: x, ` +
    "auth: body, ca: ./ca.pem } }",
    {
      kind: "oauth2",
      tokenUrl: url,
      clientId: "me",
      refreshToken: "R",
      auth: "body",
      scope: "a b",
      audience: "x",
      ca: at("ca.pem"),
    },
  ],
  ['{ vault: { url: "https://v:8200", path: secret/data/a, field: f, auth: { token: T } } }', {
    kind: "vault",
    url: "https://v:8200",
    path: "secret/data/a",
    field: "f",
    auth: { kind: "token", token: "T" },
    ttl: 300_000,
    maxStale: 3_600_000,
  }],
  [
    '{ vault: { url: "https://v", path: a, field: f, namespace: n, ca: ./c, ttl: 1m, max_stale: 2m, ' +
    "auth: { approle: { role_id: r, secret_id: S, mount: m } } } }",
    {
      kind: "vault",
      url: "https://v",
      path: "a",
      field: "f",
      namespace: "n",
      auth: { kind: "approle", mount: "m", roleId: "r", secretId: "S" },
      ttl: 60_000,
      maxStale: 120_000,
      ca: at("c"),
    },
  ],
  ['{ vault: { url: "https://v", path: a, field: f, auth: { kubernetes: { role: r } } } }', {
    kind: "vault",
    url: "https://v",
    path: "a",
    field: "f",
    auth: {
      kind: "kubernetes",
      mount: "kubernetes",
      role: "r",
      jwtFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
    },
    ttl: 300_000,
    maxStale: 3_600_000,
  }],
  ["{ github_app: { app_id: 1, installation_id: 2, private_key_file: ./k.pem } }", {
    kind: "github_app",
    appId: "1",
    installationId: "2",
    privateKeyFile: at("k.pem"),
    api: "https://api.github.com",
  }],
  [
    "{ github_app: { app_id: Iv1, installation_id: '2', private_key_file: /k, " +
    'api: "https://ghe.corp/api/v3", repositories: [a], permissions: { contents: read }, ca: ./c } }',
    {
      kind: "github_app",
      appId: "Iv1",
      installationId: "2",
      privateKeyFile: "/k",
      api: "https://ghe.corp/api/v3",
      repositories: ["a"],
      permissions: { contents: "read" },
      ca: at("c"),
    },
  ],
];

for (const [source, expected] of cases) {
  Deno.test(`secrets: ${source} is read with all its options`, () => {
    assert.deepEqual(specOf(source), expected);
  });
}

const refused: [string, RegExp][] = [
  [
    '{ oauth2: { token_url: "http://x/t", client_id: a, client_secret: S } }',
    /Cannot send a credential in clear/,
  ],
  [
    '{ oauth2: { token_url: "https://u:p@x/t", client_id: a, client_secret: S } }',
    /without a user and a query/,
  ],
  [`{ oauth2: { token_url: "${url}", client_id: a } }`, /write client_secret: or refresh_token:/],
  [
    `{ oauth2: { token_url: "${url}", client_id: a, client_secret: "s3cr3t-value" } }`,
    /write the name of a variable/,
  ],
  [
    '{ vault: { url: "https://v", path: ../sys, field: f, auth: { token: T } } }',
    /write a path without a slash/,
  ],
  [
    '{ vault: { url: "https://v", path: a, field: f, auth: { tokn: T } } }',
    /no such key; did you mean token\?|write \{ token: NAME \}/,
  ],
  [
    "{ github_app: { app_id: 1, installation_id: x, private_key_file: ./k } }",
    /write the installation's id, a number/,
  ],
];

for (const [source, message] of refused) {
  Deno.test(`secrets: ${source} is refused, and quotes no secret`, () => {
    const text = `secrets: { tested: ${source} }\n`;
    const { problems } = parseConfigFile(text, { path: "c.yaml", services: [] });
    assert.match(problems.map((problem) => problem.message).join("\n"), message);
    assert.doesNotMatch(JSON.stringify(problems), /s3cr3t/);
  });
}

Deno.test("secrets that need each other are refused", () => {
  const oauth2 = (secret: string) =>
    `{ oauth2: { token_url: "${url}", client_id: me, client_secret: ${secret} } }`;
  const text = `secrets:\n  a: ${oauth2("b")}\n  b: ${oauth2("c")}\n  c: ${oauth2("a")}\n`;
  const { problems } = parseConfigFile(text, { path: "c.yaml", services: [] });
  assert.deepEqual(problems, [{
    where: "c.yaml:2:6",
    message: "Cannot obtain secrets.a: it is needed for itself (a → b → c → a); take one of them " +
      "from elsewhere",
  }]);
});
