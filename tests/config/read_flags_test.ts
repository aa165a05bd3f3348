import assert from "node:assert/strict";
import { readFlags as read } from "../../src/config/read_flags.ts";
import type { FlagContext } from "../../src/config/read_flags.ts";
import type { Flags } from "../../src/config/setting_table.ts";
import { type FileConfig, noFile } from "../../src/config/settings.ts";
import { defaultLimits } from "../../src/proxy/limits.ts";

const flags: Flags = {
  listen: "127.0.0.1:8080",
  admin: "127.0.0.1:8081",
  tlsClients: "certificate",
  envFile: [],
  secretsDir: [],
  rule: [],
  caDir: "/ca",
  upstreamCa: [],
  connectTo: [],
  allowPrivate: [],
  allowEndpoint: [],
  kubeconfig: [],
  kubeContext: [],
  talosconfig: [],
  talosContext: [],
  allowUnauthenticated: false,
  limit: [],
  drainTimeout: "30",
  logFormat: "text",
  auditFile: "-",
  auditRequired: false,
};

function readFlags(flags: Flags, context: Omit<FlagContext, "defaultCaDir">) {
  return read(flags, { ...context, defaultCaDir: "/default" });
}

Deno.test("readFlags() has the limits that it is given, where nothing is said", () => {
  const ours = { ...defaultLimits, poolSize: 5 };
  const { config, problems } = readFlags({ ...flags, limit: ["pool-total=7"] }, {
    defaultLimits: ours,
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(config.limits, { ...ours, poolTotal: 7 });
  assert.equal("via" in config, false);
});

Deno.test("readFlags() reports limits, the audit log and Via with the other flags", () => {
  const bad = {
    ...flags,
    limit: ["pool-size=x", "a=b"],
    via: "a b",
    drainTimeout: "soon",
    auditFile: "",
  };
  const { problems } = readFlags(bad, { defaultLimits });
  const where = problems.map(({ where }) => where);
  assert.deepEqual(where, ["--limit", "--limit", "--audit-file", "--via", "--drain-timeout"]);
  for (const { message } of problems) assert.doesNotMatch(message, /\n/);
});

Deno.test("readFlags() reads the TLS listener and the admin socket", () => {
  const given = {
    ...flags,
    listenTls: "0.0.0.0:0",
    tlsClients: "token",
    adminSocket: "/run/a.sock",
  };
  const { config, problems } = readFlags(given, { defaultLimits });
  assert.deepEqual(problems, []);
  assert.deepEqual(config.listenTls, { hostname: "0.0.0.0", port: 0 });
  assert.equal(config.tlsClients, "token");
  assert.equal(config.adminSocket, "/run/a.sock");
  const bare = readFlags(flags, { defaultLimits }).config;
  assert.equal("listenTls" in bare || "adminSocket" in bare, false);
});

Deno.test("readFlags() refuses a TLS listener without a port and an unknown proof", () => {
  const bad = { ...flags, listenTls: "localhost", tlsClients: "password" };
  const { problems } = readFlags(bad, { defaultLimits });
  assert.deepEqual(problems.map(({ where }) => where), ["--listen-tls", "--tls-clients"]);
});

Deno.test("readFlags() takes a flag before the configuration file, and that before the default", () => {
  const settings = { listen: { value: "127.0.0.9:9", origin: "c.yaml:1:1" } };
  const file: FileConfig = { ...noFile, settings };
  const { listen: _, admin: __, ...bare } = flags;
  const table: [Flags, FileConfig | undefined, string, string][] = [
    [bare, undefined, "127.0.0.1:8080", "127.0.0.1:8081"],
    [bare, file, "127.0.0.9:9", "127.0.0.1:8081"],
    [{ ...bare, listen: "[::1]:0" }, file, "::1:0", "127.0.0.1:8081"],
    [flags, file, "127.0.0.1:8080", "127.0.0.1:8081"],
  ];
  for (const [given, from, listen, admin] of table) {
    const { config, problems } = readFlags(given, {
      defaultLimits,
      ...(from === undefined ? {} : { file: from }),
    });
    assert.deepEqual(problems, []);
    assert.equal(`${config.listen.hostname}:${config.listen.port}`, listen);
    assert.equal(`${config.admin.hostname}:${config.admin.port}`, admin);
  }
});

Deno.test("readFlags() reads where the audit log goes: a flag wins over the file", () => {
  const file: FileConfig = {
    ...noFile,
    settings: { auditFile: { value: "other", origin: "c.yaml:1:1" } },
    audit: { maxBytes: 5, keep: 6, required: false },
  };
  const table: [string | undefined, boolean, unknown][] = [
    [undefined, false, { file: "other", maxBytes: 5, keep: 6, required: false }],
    ["-", false, { maxBytes: 5, keep: 6, required: false }],
    ["-", true, { maxBytes: 5, keep: 6, required: true }],
    ["none", false, { file: "none", maxBytes: 5, keep: 6, required: false }],
    ["./none", true, { file: "./none", maxBytes: 5, keep: 6, required: true }],
  ];
  for (const [auditFile, auditRequired, audit] of table) {
    const { auditFile: _, ...others } = flags;
    const given = { ...others, ...(auditFile === undefined ? {} : { auditFile }), auditRequired };
    const read = readFlags(given, { defaultLimits, file });
    assert.deepEqual(read.problems, []);
    assert.deepEqual(read.config.audit, audit);
  }
});

Deno.test("readFlags() does not require an audit log that is not written", () => {
  const { problems } = readFlags({ ...flags, auditFile: "none", auditRequired: true }, {
    defaultLimits,
  });
  assert.deepEqual(problems, [{
    where: "--audit-required",
    message: "Cannot require an audit log that is not written: name a file with --audit-file",
  }]);
});

Deno.test("readFlags() takes a flag before the environment, that before the file, that before a default", () => {
  const file: FileConfig = {
    ...noFile,
    settings: {
      listen: { value: "127.0.0.1:1", origin: "c.yaml:1:9" },
      drainTimeout: { value: "1", origin: "c.yaml:2:9" },
      envFile: { value: ["/of-the-file"], origin: "c.yaml:3:9" },
      allowUnauthenticated: { value: true, origin: "c.yaml:4:9" },
    },
    limits: [
      { value: "pool-size=1", origin: "c.yaml:5:9" },
      { value: "pool-total=11", origin: "c.yaml:6:9" },
      { value: "max-streams=21", origin: "c.yaml:7:9" },
    ],
  };
  const environment = {
    AUTH_PROXY_LISTEN: "127.0.0.1:2",
    AUTH_PROXY_ENV_FILE: "/of-the-environment\n\n /and-another ",
    AUTH_PROXY_DRAIN_TIMEOUT: "2",
    AUTH_PROXY_LIMIT: "pool-size=2\npool-total=12",
    AUTH_PROXY_ALLOW_UNAUTHENTICATED: "false",
    OTHER: "x",
  };
  const only = readFlags({}, { defaultLimits, file }).config;
  assert.equal(only.listen.port, 1);
  assert.deepEqual(only.envFiles, ["/of-the-file"]);
  assert.equal(only.allowUnauthenticated, true);
  assert.equal(only.limits.poolSize, 1);
  const { config: both, problems } = readFlags({}, { defaultLimits, file, environment });
  assert.deepEqual(problems, []);
  assert.equal(both.listen.port, 2);
  assert.equal(both.drainTimeout, 2000);
  assert.deepEqual(both.envFiles, ["/of-the-environment", "/and-another"]);
  assert.equal(both.allowUnauthenticated, false);
  assert.deepEqual([both.limits.poolSize, both.limits.poolTotal, both.limits.maxStreams], [
    ...[2, 12, 21],
  ]);
  const given = { listen: "127.0.0.1:3", envFile: ["/f"], limit: ["pool-size=3"] };
  const { config: all } = readFlags(given, { defaultLimits, file, environment });
  assert.equal(all.listen.port, 3);
  assert.deepEqual(all.envFiles, ["/f"]);
  assert.deepEqual([all.limits.poolSize, all.limits.poolTotal], [3, 12]);
  assert.deepEqual(all.settings.listen, { value: "127.0.0.1:3", origin: "--listen" });
  assert.deepEqual(all.settings.drainTimeout, { value: "2", origin: "AUTH_PROXY_DRAIN_TIMEOUT" });
  assert.equal(readFlags({}, { defaultLimits }).config.caDir, "/default");
});

Deno.test("readFlags() says where a value that it cannot read stands", () => {
  const file: FileConfig = {
    ...noFile,
    settings: { connectTo: { value: ["nonsense"], origin: "c.yaml:1:9" } },
    limits: [{ value: "pool-size=x", origin: "c.yaml:5:9" }],
  };
  const environment = {
    AUTH_PROXY_VIA: "a b",
    AUTH_PROXY_LISTNE: "127.0.0.1:1",
    AUTH_PROXY_FOO: "bar",
    AUTH_PROXY_AUDIT_REQUIRED: "yes",
    AUTH_PROXY_KUBE_CONTEXT: "prod",
    AUTH_PROXY_CONFIG: "c.yaml",
    AUTH_PROXY_CACHE_DIR: "/x",
  };
  const { problems } = readFlags({ drainTimeout: "x" }, { defaultLimits, file, environment });
  assert.deepEqual(problems.map(({ where, message }) => `${where}: ${message}`), [
    "AUTH_PROXY_LISTNE: Cannot use it: there is no such setting; did you mean AUTH_PROXY_LISTEN?",
    "AUTH_PROXY_FOO: Cannot use it: there is no such setting; remove it",
    "AUTH_PROXY_AUDIT_REQUIRED: Cannot read it: write true or false",
    'c.yaml:5:9: Cannot set pool-size to "x": write a whole number, such as 100',
    "AUTH_PROXY_KUBE_CONTEXT: Cannot tell where it is: give --kubeconfig FILE too",
    'c.yaml:1:9: Cannot parse "nonsense": write HOST1:PORT1:HOST2:PORT2, an IPv6 address in brackets',
    'AUTH_PROXY_VIA: Cannot parse "a b": write a name for this proxy, such as auth-proxy',
    '--drain-timeout: Cannot parse "x": write a number of seconds, such as 30',
  ]);
});
