import assert from "node:assert/strict";
import { tokenDigest } from "../../src/ca/token_digest.ts";
import { ProxyError } from "../../src/errors.ts";
import {
  type AgentRegistry,
  emptyRegistry,
  withAgent,
  withRevoked,
} from "../../src/policy/agent_registry.ts";
import { anonymous, type ClientIdentity } from "../../src/policy/client_identity.ts";
import { AgentGate, type Demand } from "../../src/proxy/agent_gate.ts";
import { KnownAgents } from "../../src/proxy/known_agents.ts";
import { parseCidr } from "../../src/wire/ip_address.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const created = "2026-11-24T10:00:00.000Z";
const ci = withAgent(emptyRegistry, {
  name: "ci",
  tokenSha256: tokenDigest("ci-token").toHex(),
  created,
});
const good = basic("ci:ci-token");
const client = "192.0.2.1:5000";
const certificate = { agent: "ci", serial: "4a", notAfter: Date.now() + 1e9 };
const certified: ClientIdentity = { agent: "ci", proof: "certificate", credential: "4a" };

function basic(pair: string): string {
  return `Basic ${btoa(pair)}`;
}

function gate(registry: AgentRegistry, demand: Demand): AgentGate {
  const known = new KnownAgents(registry, { settings: [] });
  return new AgentGate(() => known, demand);
}

function assertRefused(action: () => unknown, kind: ProxyError["kind"], says: RegExp): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof ProxyError);
    assert.equal(error.kind, kind);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /ci-token|wrong/);
    return true;
  });
}

const demands: [AgentRegistry, Demand, boolean][] = [
  [emptyRegistry, "always", true],
  [emptyRegistry, "once agents are known", false],
  [emptyRegistry, "never", false],
  [ci, "always", true],
  [ci, "once agents are known", true],
  [ci, "never", false],
  [withRevoked(ci, "ci"), "once agents are known", true],
];

for (const [registry, demand, expected] of demands) {
  const { agents, revoked } = registry;
  const state = `${agents.size} agents and ${revoked.size} revoked`;
  const verb = expected ? "turns away" : "lets in";
  Deno.test(`AgentGate that demands ${demand} ${verb} who shows nothing, with ${state}`, () => {
    const tried = gate(registry, demand);
    assert.equal(tried.demandsIdentity, expected);
    const enter = () => tried.identify({ authorization: [] });
    if (expected) assertRefused(enter, "agent_unauthenticated", /http:\/\/AGENT:TOKEN@HOST/);
    else assert.equal(enter(), anonymous);
    assert.equal(tried.admits(anonymous, client), !expected);
  });
}

for (const demand of ["always", "once agents are known", "never"] as const) {
  Deno.test(`AgentGate that demands ${demand} knows an agent by its token, and refuses a wrong one`, () => {
    const tried = gate(ci, demand);
    for (const value of [good, "Bearer ci-token"]) {
      const identity = tried.identify({ authorization: [value] });
      assert.equal(identity.agent, "ci");
      assert.equal(identity.proof, "token");
      assert.ok(tried.admits(identity, client));
    }
    for (
      const value of [
        "",
        "Basic",
        "Basic !!!",
        basic("ci:wrong"),
        basic("dev:ci-token"),
        "Bearer wrong",
      ]
    ) {
      const enter = () => tried.identify({ authorization: [value] });
      assertRefused(enter, "agent_unauthenticated", /do not belong together/);
    }
  });
}

Deno.test("AgentGate has nothing to compare a credential with where no agent was ever known", () => {
  for (const demand of ["once agents are known", "never"] as const) {
    assert.equal(gate(emptyRegistry, demand).identify({ authorization: [good] }), anonymous);
  }
  assertRefused(
    () => gate(emptyRegistry, "always").identify({ authorization: [good] }),
    "agent_unauthenticated",
    /do not belong together/,
  );
});

Deno.test("AgentGate refuses two credentials, even the same one twice", () => {
  for (const demand of ["always", "never"] as const) {
    assert.throws(() => gate(ci, demand).identify({ authorization: [good, good] }), WireError);
  }
});

Deno.test("AgentGate takes a certificate that is in order, alone or with the same agent's token", () => {
  const tried = gate(ci, "always");
  assert.deepEqual(tried.identify({ authorization: [], certificate }), certified);
  assert.deepEqual(tried.identify({ authorization: [good], certificate }), certified);
  assert.ok(tried.admits(certified, client));
  assert.deepEqual(
    gate(emptyRegistry, "always").identify({ authorization: [], certificate }),
    certified,
  );
});

Deno.test("AgentGate refuses a certificate beside a token that is wrong or another agent's", () => {
  const both = withAgent(ci, { name: "dev", tokenSha256: tokenDigest("dev").toHex(), created });
  const tried = gate(both, "never");
  const enter = (value: string) => () => tried.identify({ authorization: [value], certificate });
  assertRefused(enter(basic("dev:dev")), "agent_unauthenticated", /not of agent ci/);
  assertRefused(enter(basic("ci:wrong")), "agent_unauthenticated", /do not belong together/);
});

Deno.test("AgentGate refuses a certificate that is not in order, whatever else is shown", () => {
  for (const demand of ["always", "never"] as const) {
    for (const authorization of [[], [good]]) {
      assertRefused(
        () => gate(ci, demand).identify({ authorization, certificate: { refusal: "it expired" } }),
        "certificate_refused",
        /: it expired$/,
      );
    }
  }
});

Deno.test("AgentGate refuses the token and the certificates of who is revoked, and admits no more", () => {
  let registry = ci;
  const tried = new AgentGate(() => new KnownAgents(registry, { settings: [] }), "always");
  const identity = tried.identify({ authorization: [good] });
  registry = withRevoked(ci, "ci");
  assert.equal(tried.admits(identity, client), false);
  assert.equal(tried.admits(certified, client), false);
  const enter = () => tried.identify({ authorization: [], certificate });
  assertRefused(enter, "certificate_refused", /Agent ci has been revoked/);
  assertRefused(
    () => tried.identify({ authorization: [good] }),
    "agent_unauthenticated",
    /not valid/,
  );
});

Deno.test("AgentGate knows who shows nothing by the address; what is shown counts for more", () => {
  const known = new KnownAgents(ci, {
    settings: [{ name: "box", addresses: [parseCidr("10.0.0.7"), parseCidr("fe80::/10")] }],
  });
  const tried = new AgentGate(() => known, "always");
  for (const client of ["10.0.0.7:5000", "::ffff:10.0.0.7:5000", "fe80::1%eth0:5000"]) {
    const identity = tried.identify({ client });
    assert.deepEqual([identity.agent, identity.proof], ["box", "address"]);
    assert.ok(tried.admits(identity, client));
  }
  assert.equal(tried.identify({ client: "10.0.0.7:5000", authorization: [good] }).agent, "ci");
  assertRefused(
    () => tried.identify({ client: "10.0.0.8:5000" }),
    "agent_unauthenticated",
    /AGENT:TOKEN/,
  );
  assert.ok(tried.admitsSilent);
  assert.equal(gate(ci, "always").admitsSilent, false);
  assert.equal(gate(ci, "never").admitsSilent, true);
});
