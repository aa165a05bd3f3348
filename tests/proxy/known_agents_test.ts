import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { tokenDigest } from "../../src/ca/token_digest.ts";
import { type AgentRegistry, emptyRegistry } from "../../src/policy/agent_registry.ts";
import type { ClientIdentity } from "../../src/policy/client_identity.ts";
import { KnownAgents } from "../../src/proxy/known_agents.ts";
import { parseCidr } from "../../src/wire/ip_address.ts";

const created = "2026-11-24T10:00:00.000Z";

function hex(token: string): string {
  return tokenDigest(token).toHex();
}

function registry(
  tokens: Readonly<Record<string, string>>,
  revoked: readonly string[] = [],
): AgentRegistry {
  const agents = Object.entries(tokens).map(([name, token]) =>
    [name, { tokenSha256: hex(token), created }] as const
  );
  return { agents: new Map(agents), revoked: new Set(revoked) };
}

const agents = new KnownAgents(registry({ ci: "ci-token", dev: "dev-token" }, ["old"]), {
  settings: [
    { name: "set", tokenSha256: hex("set-token") },
    { name: "old", tokenSha256: hex("old-token") },
    { name: "ci", tokenSha256: hex("ci-second-token") },
  ],
  sharedToken: tokenDigest("shared-token"),
});

const owners: [string | undefined, string, string | undefined][] = [
  ["ci", "ci-token", "ci"],
  ["ci", "ci-second-token", "ci"],
  ["dev", "dev-token", "dev"],
  ["set", "set-token", "set"],
  [undefined, "ci-token", "ci"],
  [undefined, "set-token", "set"],
  ["", "shared-token", "agent"],
  ["agent", "shared-token", "agent"],
  ["ci", "shared-token", "agent"],
  ["old", "shared-token", "agent"],
  [undefined, "shared-token", "agent"],
  ["dev", "ci-token", undefined],
  ["", "ci-token", undefined],
  ["agent", "ci-token", undefined],
  ["CI", "ci-token", undefined],
  ["ci ", "ci-token", undefined],
  ["old", "old-token", undefined],
  [undefined, "old-token", undefined],
  ["ci", "", undefined],
  ["ci", "ci-toke", undefined],
  ["ci", "ci-token ", undefined],
  ["ci", "CI-TOKEN", undefined],
  ["ci", hex("ci-token"), undefined],
  ["__proto__", "ci-token", undefined],
];

for (const [user, token, owner] of owners) {
  Deno.test(`KnownAgents.identify() takes ${user}:${token} for ${owner ?? "nobody"}`, () => {
    assert.equal(agents.identify({ user, token })?.agent, owner);
  });
}

Deno.test("KnownAgents.identify() makes an id of the credential that is neither token nor digest", () => {
  const identity = agents.identify({ user: "ci", token: "ci-token" });
  const credential = createHash("sha256").update(tokenDigest("ci-token")).digest("hex");
  assert.deepEqual(identity, { agent: "ci", proof: "token", credential });
});

Deno.test("KnownAgents.identify() does not guess whose a token is that two agents have", () => {
  const twins = new KnownAgents(registry({ one: "same", two: "same" }), { settings: [] });
  assert.equal(twins.identify({ user: undefined, token: "same" }), undefined);
  assert.equal(twins.identify({ user: "two", token: "same" })?.agent, "two");
});

Deno.test("KnownAgents refuses the shared token once the name agent is revoked", () => {
  const known = new KnownAgents(registry({}, ["agent"]), {
    settings: [],
    sharedToken: tokenDigest("shared-token"),
  });
  assert.equal(known.identify({ user: "agent", token: "shared-token" }), undefined);
  assert.equal(known.isEmpty, false);
});

Deno.test("KnownAgents.holdsToken() forgets a token that was replaced or revoked, and no other", () => {
  const before = agents.identify({ user: "ci", token: "ci-token" }) as ClientIdentity;
  const dev = agents.identify({ user: "dev", token: "dev-token" }) as ClientIdentity;
  assert.ok(agents.holdsToken(before));
  const replaced = new KnownAgents(registry({ ci: "new", dev: "dev-token" }), { settings: [] });
  assert.equal(replaced.holdsToken(before), false);
  assert.equal(replaced.holdsToken(dev), true);
  assert.equal(replaced.holdsToken({ ...dev, agent: "ci" }), false);
  const revoked = new KnownAgents(registry({ dev: "dev-token" }, ["ci"]), {
    settings: [{ name: "ci", tokenSha256: hex("ci-token") }],
  });
  assert.equal(revoked.holdsToken(before), false);
});

Deno.test("KnownAgents.isEmpty tells whether there is or was any agent", () => {
  const none = { settings: [] };
  assert.equal(new KnownAgents(emptyRegistry, none).isEmpty, true);
  assert.equal(new KnownAgents(registry({ ci: "x" }), none).isEmpty, false);
  assert.equal(new KnownAgents(registry({}, ["ci"]), none).isEmpty, false);
  const settings = [{ name: "ci", tokenSha256: hex("x") }];
  assert.equal(new KnownAgents(emptyRegistry, { settings }).isEmpty, false);
  assert.equal(
    new KnownAgents(emptyRegistry, { settings: [], sharedToken: tokenDigest("x") }).isEmpty,
    false,
  );
});

Deno.test("KnownAgents.list() names everybody once, in order", () => {
  assert.deepEqual(agents.list(), [
    { name: "agent", hasToken: true, revoked: false },
    { name: "ci", hasToken: true, created, revoked: false },
    { name: "dev", hasToken: true, created, revoked: false },
    { name: "old", hasToken: false, revoked: true },
    { name: "set", hasToken: true, revoked: false },
  ]);
});

Deno.test("KnownAgents holds no token where an inspection would show it", () => {
  const shown = Deno.inspect(agents, { showHidden: true, depth: 10 }) + JSON.stringify(agents);
  assert.doesNotMatch(shown, /-token/);
});

const residents = new KnownAgents(registry({}, ["gone"]), {
  settings: [
    { name: "net", addresses: [parseCidr("10.1.0.0/16")] },
    { name: "box", addresses: [parseCidr("10.1.2.3"), parseCidr("fd00::/8")] },
    { name: "gone", addresses: [parseCidr("10.1.2.4")] },
  ],
});

const addresses: [string, string | undefined, string?][] = [
  ["10.1.2.3", "box", "10.1.2.3/32"],
  ["::ffff:10.1.2.3", "box", "10.1.2.3/32"],
  ["10.1.2.2", "net", "10.1.0.0/16"],
  // A revoked agent's own: it does not make its owner another agent.
  ["10.1.2.4", undefined],
  ["10.1.255.255", "net", "10.1.0.0/16"],
  ["10.2.0.0", undefined],
  ["10.0.255.255", undefined],
  ["fd12::1", "box", "fd00::/8"],
  ["fe80::1", undefined],
  ["::10.1.2.3", undefined],
];

for (const [address, agent, credential] of addresses) {
  Deno.test(`KnownAgents: who calls from ${address} is ${agent ?? "nobody"}`, () => {
    const expected = agent === undefined ? undefined : { agent, proof: "address", credential };
    assert.deepEqual(residents.at(address), expected);
    if (expected !== undefined) {
      assert.ok(residents.holdsAddress(expected as ClientIdentity, address));
    }
  });
}

Deno.test("KnownAgents: an address that is no agent's any more lets nobody go on", () => {
  const at = residents.at("10.1.2.3");
  const moved = new KnownAgents(emptyRegistry, {
    settings: [{ name: "box", addresses: [parseCidr("10.1.2.9")] }],
  });
  assert.ok(at !== undefined && !moved.holdsAddress(at, "10.1.2.3"));
  assert.equal(new KnownAgents(emptyRegistry, { settings: [] }).hasAddresses, false);
  const revoked = new KnownAgents(registry({}, ["box"]), {
    settings: [{ name: "box", addresses: [parseCidr("10.1.2.3")] }],
  });
  assert.ok(!revoked.holdsAddress(at, "10.1.2.3"));
  assert.equal(revoked.hasAddresses, false);
});

Deno.test("KnownAgents: an address that has become another agent's is the former's no more", () => {
  const at = residents.at("10.1.7.7");
  assert.equal(at?.agent, "net");
  const narrowed = new KnownAgents(emptyRegistry, {
    settings: [
      { name: "net", addresses: [parseCidr("10.1.0.0/16")] },
      { name: "new", addresses: [parseCidr("10.1.7.7")] },
    ],
  });
  assert.ok(!narrowed.holdsAddress(at as ClientIdentity, "10.1.7.7"));
  assert.ok(narrowed.holdsAddress(at as ClientIdentity, "10.1.7.8"));
});
