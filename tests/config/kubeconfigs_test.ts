import assert from "node:assert/strict";
import { readKubeconfigs } from "../../src/config/kubeconfigs.ts";
import { kubeconfigText, type KubeContext } from "../support/kubeconfig.ts";
import { TempDir } from "../support/temp_dir.ts";
import { TestRoot } from "../support/test_pki.ts";

const root = await TestRoot.create("clients");
const pair = await root.issue({ names: ["admin"], usage: "clientAuth" });
const another = await root.issue({ names: ["admin"], usage: "clientAuth" });
const expired = await root.issue({ names: ["admin"], validity: "expired" });
const caData = btoa(root.pem);

const cluster = { server: "https://prod.k8s.corp:6443" };
const user = { token: "sesame-token" };

function prod(parts: Partial<KubeContext>): KubeContext {
  return { name: "prod", cluster, user, ...parts };
}

/** What is read of one file's context `prod`; problems with the file's name left out. */
async function read(text: string, contexts: readonly string[] = ["prod"]) {
  await using dir = await TempDir.create();
  await dir.write("token", "sesame-token");
  await dir.write("ca.pem", root.pem);
  await dir.write("admin.crt", pair.cert);
  await dir.write("admin.key", pair.key);
  await dir.write("empty", "");
  const path = await dir.write("config", text);
  const { accesses, problems, warnings } = await readKubeconfigs({ files: [path], contexts });
  const lines = problems.map(({ where, message }) =>
    `${where}: ${message}`.replaceAll(`${dir.path}/`, "")
  );
  const printed = Deno.inspect(accesses, { depth: 9 }) + lines.join("\n");
  assert.ok(!printed.includes("sesame"), printed);
  assert.ok(!printed.includes(pair.key.split("\n")[1] ?? ""), printed);
  return { accesses, lines, warnings, folder: dir.path };
}

Deno.test("readKubeconfigs() reads where a cluster is and whom it trusts", async () => {
  const table: [cluster: Record<string, unknown>, expected: Record<string, unknown>][] = [
    [{ server: "https://Prod.K8s.Corp" }, { host: "prod.k8s.corp", port: 443 }],
    [{ server: "https://10.0.0.7:6443/" }, { host: "10.0.0.7", port: 6443 }],
    [{ server: "HTTPS://[fd00::1]:6443" }, { host: "fd00::1", port: 6443 }],
    [
      { server: "https://rancher.corp/k8s/clusters/c-m-abc" },
      { host: "rancher.corp", port: 443, path: "/k8s/clusters/c-m-abc/**" },
    ],
    [
      { server: "https://a.b:1", "tls-server-name": "Kubernetes.Default" },
      { host: "a.b", port: 1, serverName: "kubernetes.default" },
    ],
    [
      { server: "https://a.b:1", "certificate-authority-data": caData },
      { host: "a.b", port: 1, trust: true },
    ],
    [
      { server: "https://a.b:1", "certificate-authority": "ca.pem" },
      { host: "a.b", port: 1, trust: true },
    ],
    [
      // As in client-go, the data count if both are there.
      {
        server: "https://a.b:1",
        "certificate-authority-data": caData,
        "certificate-authority": "/no/such/file",
      },
      { host: "a.b", port: 1, trust: true },
    ],
    [{ server: "https://a.b:1", "insecure-skip-tls-verify": false }, { host: "a.b", port: 1 }],
  ];
  for (const [cluster, { host, port, path, serverName, trust = false }] of table) {
    const { accesses, lines } = await read(kubeconfigText([prod({ cluster })]));
    assert.deepEqual(lines, []);
    const [access] = accesses;
    assert.deepEqual(access?.hosts, [{ kind: "exact", host, port }]);
    assert.deepEqual([access?.path, access?.serverName], [path, serverName]);
    assert.equal(access?.trustAnchors !== undefined, trust);
  }
});

Deno.test("readKubeconfigs() reads who a user is", async () => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws" };
  const table: [user: Record<string, unknown>, kind: string, parts: string[]][] = [
    [{ token: "sesame-token" }, "fixed", ["token"]],
    [{ token: "sesame-token", tokenFile: "token" }, "token_file", ["path"]],
    [{ username: "admin", password: "sesame" }, "fixed", ["basic"]],
    [{ "client-certificate": "admin.crt", "client-key": "admin.key" }, "fixed", [
      "clientCertificate",
    ]],
    [
      {
        "client-certificate-data": btoa(pair.cert),
        "client-key-data": btoa(pair.key),
        token: "sesame-token",
      },
      "fixed",
      ["clientCertificate", "token"],
    ],
    [{ exec }, "exec", ["plugin"]],
  ];
  for (const [user, kind, parts] of table) {
    const { accesses, lines, folder } = await read(kubeconfigText([prod({ user })]));
    assert.deepEqual(lines, []);
    const { kind: found, ...rest } = accesses[0]?.credential ?? { kind: "none" };
    assert.deepEqual([found, Object.keys(rest).sort()], [kind, parts]);
    if ("path" in rest) assert.equal(rest.path, `${folder}/token`);
    if ("plugin" in rest) assert.equal(rest.plugin.command, "aws");
  }
});

Deno.test("readKubeconfigs() has a plugin's path start at the file's folder, and a name in PATH", async () => {
  for (
    const [command, expected] of [["./bin/p", "/bin/p"], ["/opt/p", undefined], ["p", undefined]]
  ) {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command,
      args: ["a b"],
      env: [{ name: "A", value: "1" }],
    };
    const { accesses, folder } = await read(kubeconfigText([prod({ user: { exec } })]));
    const [access] = accesses;
    assert.ok(access?.credential.kind === "exec");
    const { plugin } = access.credential;
    assert.equal(plugin.command, expected === undefined ? command : `${folder}${expected}`);
    assert.deepEqual([plugin.args, plugin.env, plugin.cluster], [["a b"], { A: "1" }, undefined]);
  }
});

const v1 = "client.authentication.k8s.io/v1";
const refusals: [what: string, parts: Partial<KubeContext>, said: RegExp][] = [
  [
    "no server",
    { cluster: {} },
    /^config:\d+:\d+: Cannot use cluster "prod-cluster": it has no server$/,
  ],
  [
    "http://",
    { cluster: { server: "http://a.b:80" } },
    /: no credential is sent in clear; write http/,
  ],
  ["no scheme", { cluster: { server: "a.b:6443" } }, /server of .*: write https:\/\/HOST:PORT$/],
  ["a user in the server", { cluster: { server: "https://sesame@a.b" } }, /Cannot use server of /],
  [
    "a query in the server",
    { cluster: { server: "https://a.b/?a=b" } },
    /write https:\/\/HOST:PORT$/,
  ],
  [
    "a * in the path",
    { cluster: { server: "https://a.b/k8s/*/c" } },
    /"\*" in it is not supported$/,
  ],
  ["an odd path", { cluster: { server: "https://a.b/k8s/%2e" } }, /Cannot compile path pattern/],
  [
    "unverified TLS",
    { cluster: { ...cluster, "insecure-skip-tls-verify": true } },
    /^config:\d+:\d+: Cannot use insecure-skip-tls-verify of cluster "prod-cluster": whoever answers/,
  ],
  [
    "unverified TLS in YAML 1.1",
    { cluster: { ...cluster, "insecure-skip-tls-verify": "yes" } },
    /Cannot use insecure-skip-tls-verify/,
  ],
  [
    "a proxy",
    { cluster: { ...cluster, "proxy-url": "socks5://p" } },
    /Cannot use proxy-url of cluster "prod-cluster": write http:\/\/HOST:PORT/,
  ],
  [
    "a proxy's password with a line break in it",
    { cluster: { ...cluster, "proxy-url": "http://u:sesame%0A@p" } },
    /Cannot use proxy-url of (?!.*sesame)/,
  ],
  [
    "a CA that is none",
    { cluster: { ...cluster, "certificate-authority-data": "////" } },
    /no base64 of/,
  ],
  [
    "an empty CA",
    { cluster: { ...cluster, "certificate-authority": "empty" } },
    /holds no certificate/,
  ],
  [
    "a missing CA",
    { cluster: { ...cluster, "certificate-authority": "no" } },
    /no such file .*\(no\)$/,
  ],
  [
    "a bad name",
    { cluster: { ...cluster, "tls-server-name": "a b" } },
    /Cannot use tls-server-name of/,
  ],
  [
    "no credential",
    { user: {} },
    /^config:\d+:\d+: Cannot use user "prod-user": it has no credential$/,
  ],
  [
    "impersonation",
    { user: { ...user, as: "root" } },
    /Cannot use as of .*: acting as someone else is/,
  ],
  ["impersonated groups", { user: { ...user, "as-groups": ["a"] } }, /Cannot use as-groups of/],
  [
    "auth-provider",
    { user: { "auth-provider": { name: "gcp" } } },
    /Kubernetes has removed it \(1\.26/,
  ],
  [
    "two ways",
    { user: { ...user, username: "a", password: "sesame" } },
    /keep one of token, username$/,
  ],
  [
    "a plugin and a certificate",
    {
      user: {
        exec: { command: "a", apiVersion: v1 },
        "client-certificate": "admin.crt",
        "client-key": "admin.key",
      },
    },
    /keep one of exec, client-certificate$/,
  ],
  [
    "a token of two lines",
    { user: { token: "sesame\nsesame" } },
    /token of .*: its value has a line br/,
  ],
  [
    "a token that is a number",
    { user: { token: 12345678 } },
    /Cannot read token: write a text, in quo/,
  ],
  [
    "a colon in the user",
    { user: { username: "a:b", password: "sesame" } },
    /without spaces and colons/,
  ],
  ["no password", { user: { username: "a" } }, /it has no password$/],
  [
    "a key alone",
    { user: { "client-key": "admin.key" } },
    /needs client-certificate-data and client-k/,
  ],
  [
    "another's key",
    {
      user: {
        "client-certificate-data": btoa(pair.cert),
        "client-key-data": btoa(another.key),
      },
    },
    /Cannot use client-certificate-data: the client key does not belong to the client certificate$/,
  ],
  [
    "an expired certificate",
    {
      user: {
        "client-certificate-data": btoa(expired.cert),
        "client-key-data": btoa(expired.key),
      },
    },
    /the client certificate expired on/,
  ],
  ["a plugin without a command", { user: { exec: { apiVersion: v1 } } }, /it has no command$/],
  [
    "an old plugin",
    { user: { exec: { command: "a", apiVersion: "client.authentication.k8s.io/v1alpha1" } } },
    /its apiVersion must be client.authentication.k8s.io\/v1 or .*v1beta1; update/,
  ],
  [
    "a plugin that asks",
    { user: { exec: { command: "a", apiVersion: v1, interactiveMode: "Always" } } },
    /it wants to ask somebody/,
  ],
  [
    "a plugin's broken variable",
    { user: { exec: { command: "a", apiVersion: v1, env: [{ name: "A=B", value: "sesame" }] } } },
    /Cannot read env: each entry is/,
  ],
];

for (const [what, parts, said] of refusals) {
  Deno.test(`readKubeconfigs() refuses ${what}, and quotes no secret`, async () => {
    const { accesses, lines } = await read(kubeconfigText([prod(parts)]));
    assert.equal(accesses.length, 0);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", said);
  });
}

Deno.test("readKubeconfigs() leaves alone what was not chosen, however broken", async () => {
  const broken = { name: "broken", cluster: { server: "http://x" }, user: { as: "root" } };
  const { accesses, lines } = await read(kubeconfigText([broken, prod({ namespace: "web" })]));
  assert.deepEqual(lines, []);
  assert.deepEqual(accesses[0]?.shown, {
    cluster: "prod-cluster",
    user: "prod-user",
    server: "https://prod.k8s.corp:6443",
    namespace: "web",
  });
});

Deno.test("readKubeconfigs() takes no context that was not named, and says which there are", async () => {
  const text = kubeconfigText([prod({}), prod({ name: "with space\u0007" })]);
  const table: [contexts: string[], said: string][] = [
    [
      [],
      "--kubeconfig config: Cannot tell which clusters are meant: name them with --kube-context " +
      'NAME (repeatable); there are prod, "with space\\u0007"',
    ],
    [
      ["prdo"],
      "--kube-context prdo: Cannot find such a context in config: there are prod, " +
      '"with space\\u0007"; did you mean prod?',
    ],
    [
      ["with space\u0007"],
      '--kube-context "with space\\u0007": Cannot name a rule after it: rename the context, with ' +
      "printable ASCII of at most 200 characters",
    ],
  ];
  for (const [contexts, said] of table) {
    assert.deepEqual((await read(text, contexts)).lines, [said]);
  }
  assert.equal((await read(text, ["prod", "prod"])).accesses.length, 1);
});

Deno.test("readKubeconfigs() refuses files that are none, and a context of two files", async () => {
  assert.match((await read("a: [")).lines[0] ?? "", /^config:1:\d+: Cannot read the file as YAML/);
  assert.match(
    (await read("")).lines[0] ?? "",
    /Cannot find such a context in config: there is none/,
  );
  const dangling = JSON.stringify({
    contexts: [{ name: "prod", context: { cluster: "a", user: "b" } }],
  });
  assert.deepEqual((await read(dangling)).lines.map((line) => line.replace(/:\d+:\d+/, "")), [
    'config: Cannot use this context: there is no cluster "a"',
    'config: Cannot use this context: there is no user "b"',
  ]);
  await using dir = await TempDir.create();
  const files = [
    await dir.write("a", kubeconfigText([prod({})])),
    await dir.write("b", kubeconfigText([prod({})]), { mode: 0o644 }),
  ];
  const { problems, warnings } = await readKubeconfigs({ files, contexts: ["prod"] });
  assert.match(problems[0]?.message ?? "", /^Cannot choose: .*a and .*b both have it; rename one$/);
  assert.match(warnings[0]?.message ?? "", /^Other users of this machine may read it: chmod 600 /);
  const missing = await readKubeconfigs({ files: [dir.join("no")], contexts: ["prod"] });
  assert.match(missing.problems[0]?.message ?? "", /^Cannot read it: no such file/);
});
