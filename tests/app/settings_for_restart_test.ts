import assert from "node:assert/strict";
import { settingsForRestart } from "../../src/app/settings_for_restart.ts";
import { defaultLimits } from "../../src/app.ts";
import { type Flags, readFlags } from "../../src/config/read_flags.ts";

const flags: Flags = {
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
  auditRequired: false,
};

function configOf(changed: Partial<Flags>) {
  return readFlags({ ...flags, ...changed }, { defaultLimits }).config;
}

const cases: [Partial<Flags>, string[]][] = [
  [{}, []],
  [{ listen: "127.0.0.1:9999" }, ["listen"]],
  [{ admin: "127.0.0.1:9999", caDir: "/elsewhere" }, ["admin", "caDir"]],
  [{ listenTls: "127.0.0.1:9999", tlsClients: "token" }, ["listenTls", "tlsClients"]],
  [{ adminSocket: "/s" }, ["adminSocket"]],
  [{ agentTokenFile: "/t", allowUnauthenticated: true }, [
    "agentTokenFile",
    "allowUnauthenticated",
  ]],
  [{ auditFile: "/a", logFormat: "json" }, ["audit", "logFormat"]],
  [{
    envFile: ["/e"],
    rule: ["a.example,X-Key,KEY"],
    limit: ["max-streams=5"],
    via: "x",
    drainTimeout: "5",
  }, []],
];

for (const [changed, expected] of cases) {
  Deno.test(`settingsForRestart() of ${JSON.stringify(changed)} is ${expected.join(" ") || "nothing"}`, () => {
    assert.deepEqual(settingsForRestart(configOf({}), configOf(changed)), expected);
  });
}
