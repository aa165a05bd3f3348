import assert from "node:assert/strict";
import { agentStatuses } from "../../src/policy/agent_status.ts";
import { anonymous, type ClientIdentity } from "../../src/policy/client_identity.ts";

const byToken: ClientIdentity = { agent: "ci", proof: "token", credential: "ab" };
const byCertificate: ClientIdentity = { agent: "ci", proof: "certificate", credential: "01" };

Deno.test("agentStatuses() counts connections, and names agents that are known by them alone", () => {
  const records = [
    { name: "ci", hasToken: true, created: "2026-11-24T10:00:00.000Z", revoked: false },
    { name: "old", hasToken: false, revoked: true },
  ];
  const build = { ...byCertificate, agent: "build" };
  assert.deepEqual(agentStatuses(records, [byToken, anonymous, byCertificate, build, byToken]), [
    { name: "build", proofs: ["certificate"], revoked: false, connections: 1 },
    {
      name: "ci",
      proofs: ["certificate", "token"],
      created: "2026-11-24T10:00:00.000Z",
      revoked: false,
      connections: 3,
    },
    { name: "old", proofs: [], revoked: true, connections: 0 },
  ]);
});

Deno.test("agentStatuses() has nothing to say of nobody", () => {
  assert.deepEqual(agentStatuses([], [anonymous]), []);
});
