import assert from "node:assert/strict";
import type { FileConfig } from "../../src/config/config_file.ts";
import { type Flags, readFlags } from "../../src/config/read_flags.ts";
import { noSections } from "../../src/config/settings.ts";
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
  const file: FileConfig = { ...noSections, listen: { hostname: "127.0.0.9", port: 9 } };
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
  const file = { ...noSections, audit: { file: "other", maxBytes: 5, keep: 6, required: false } };
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
