import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AgentRegistry,
  emptyRegistry,
  formatAgentRegistry,
  parseAgentRegistry,
  withAgent,
  withRevoked,
} from "../../src/policy/agent_registry.ts";

const created = "2026-11-24T10:00:00.000Z";
const digest = "0123456789abcdef".repeat(4);

Deno.test("withAgent() adds an agent and replaces the token of one", () => {
  const one = withAgent(emptyRegistry, { name: "ci", tokenSha256: digest, created });
  const two = withAgent(one, { name: "ci", tokenSha256: "f".repeat(64), created });
  assert.equal(one.agents.get("ci")?.tokenSha256, digest);
  assert.deepEqual([...two.agents], [["ci", { tokenSha256: "f".repeat(64), created }]]);
  assert.equal(emptyRegistry.agents.size, 0);
});

Deno.test("withRevoked() forgets the token, and withAgent() then refuses the name", () => {
  const agent = { name: "ci", tokenSha256: digest, created };
  const revoked = withRevoked(withAgent(emptyRegistry, agent), "ci");
  assert.equal(revoked.agents.size, 0);
  assert.deepEqual([...revoked.revoked], ["ci"]);
  assert.throws(() => withAgent(revoked, agent), /has been revoked/);
  assert.deepEqual(withRevoked(revoked, "ci"), revoked);
});

Deno.test("parseAgentRegistry() reads what formatAgentRegistry() writes", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/);
  const agent = fc.record({
    tokenSha256: fc.stringMatching(/^[0-9a-f]{64}$/),
    created: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString()),
  }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, agent)), fc.array(name), (agents, revoked) => {
      const registry: AgentRegistry = { agents: new Map(agents), revoked: new Set(revoked) };
      assert.deepEqual(parseAgentRegistry(formatAgentRegistry(registry)), registry);
    }),
  );
});

const agent = { token_sha256: digest, created };
const broken: [string, unknown, RegExp][] = [
  ["a list", [], /^it is not an object$/],
  ["null", null, /^it is not an object$/],
  ["no agents", { revoked: [] }, /agents and revoked/],
  ["no revoked names", { agents: {} }, /agents and revoked/],
  ["another member", { agents: {}, revoked: [], revoke: ["ci"] }, /and no other/],
  ["agents as a list", { agents: [], revoked: [] }, /^agents is not an object$/],
  ["revoked names as an object", { agents: {}, revoked: {} }, /^revoked is not a list$/],
  ["a bad name", { agents: { "C I": agent }, revoked: [] }, /^agents has a name/],
  ["a bad revoked name", { agents: {}, revoked: ["ci", 7] }, /^revoked has a name/],
  ["no digest", { agents: { ci: { created } }, revoked: [] }, /^agents\.ci does not have/],
  ["a token", { agents: { ci: { ...agent, token: "t0p" } }, revoked: [] }, /and no other/],
  ["a short digest", {
    agents: { ci: { ...agent, token_sha256: digest.slice(1) } },
    revoked: [],
  }, /^agents\.ci\.token_sha256 is not/],
  ["a digest in capitals", {
    agents: { ci: { ...agent, token_sha256: digest.toUpperCase() } },
    revoked: [],
  }, /^agents\.ci\.token_sha256 is not/],
  ["no time", { agents: { ci: { ...agent, created: "soon" } }, revoked: [] }, /created is not/],
];

for (const [what, document, says] of broken) {
  Deno.test(`parseAgentRegistry() refuses ${what}`, () => {
    const text = JSON.stringify(document);
    assert.throws(() => parseAgentRegistry(text), (error: Error) => {
      assert.match(error.message, says);
      assert.ok(!error.message.includes("t0p"), "the message quotes the file");
      return true;
    });
  });
}

Deno.test("parseAgentRegistry() refuses what is not JSON, without quoting it", () => {
  assert.throws(() => parseAgentRegistry("s3cret"), (error: Error) => {
    assert.equal(error.message, "it is not JSON");
    return true;
  });
});
