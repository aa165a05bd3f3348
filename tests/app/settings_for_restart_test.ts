import assert from "node:assert/strict";
import { settingsForRestart } from "../../src/app/settings_for_restart.ts";
import { defaultLimits } from "../../src/app.ts";
import { readFlags } from "../../src/config/read_flags.ts";
import type { Flags } from "../../src/config/setting_table.ts";

function configOf(changed: Partial<Flags>) {
  return readFlags({ caDir: "/ca", ...changed }, { defaultLimits, defaultCaDir: "/" }).config;
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
  [{ caCert: "/c", caKey: "/k", adminTokenFile: "/t" }, ["givenCa", "adminTokenFile"]],
  [{ auditFile: "/a", logFormat: "json" }, ["audit", "logFormat"]],
  [{
    envFile: ["/e"],
    rule: ["a.example,X-Key,KEY"],
    limit: ["max-streams=5"],
    via: "x",
    drainDelay: "5",
    drainTimeout: "5",
  }, []],
];

for (const [changed, expected] of cases) {
  Deno.test(`settingsForRestart() of ${JSON.stringify(changed)} is ${expected.join(" ") || "nothing"}`, () => {
    assert.deepEqual(settingsForRestart(configOf({}), configOf(changed)), expected);
  });
}
