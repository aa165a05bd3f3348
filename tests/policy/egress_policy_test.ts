import assert from "node:assert/strict";
import {
  type DestinationDecision,
  type EgressEntry,
  EgressPolicy,
  type EgressSettings,
  openEgress,
} from "../../src/policy/egress_policy.ts";
import { parseHostFilter } from "../../src/policy/host_filter.ts";
import { RequestReading } from "../../src/policy/request_reading.ts";
import { parseAuthority, parseHost } from "../../src/wire/authority.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { requestHead } from "../support/request_head.ts";

type EntryText = Omit<EgressEntry, "host" | "place"> & { readonly host: string };

interface PolicyText extends Partial<Pick<EgressSettings, "default" | "mode">> {
  readonly allow?: readonly EntryText[];
  readonly deny?: readonly EntryText[];
}

function policyOf({ allow = [], deny = [], ...rest }: PolicyText): EgressPolicy {
  const entries = (list: "allow" | "deny", texts: readonly EntryText[]) =>
    texts.map((entry, index) => ({
      ...entry,
      host: parseHostFilter(entry.host),
      place: `egress.${list}[${index}]`,
    }));
  return new EgressPolicy({
    ...openEgress,
    ...rest,
    allow: entries("allow", allow),
    deny: entries("deny", deny),
  });
}

interface Asker {
  readonly agent?: string;
  readonly hasRule?: boolean;
  readonly address?: string;
}

function at(policy: EgressPolicy, authority: string, { agent = "", address }: Asker = {}) {
  return policy.at({
    authority: parseAuthority(authority, { defaultPort: 443 }),
    agent,
    ...(address === undefined ? {} : { address: parseHost(address) }),
  });
}

function decide(policy: EgressPolicy, authority: string, asker: Asker = {}): DestinationDecision {
  return at(policy, authority, asker).byDestination({ hasRule: asker.hasRule ?? false });
}

function ask(policy: EgressPolicy, [authority, line]: [string, string], asker: Asker = {}) {
  const head = requestHead(line);
  return at(policy, authority, asker)
    .byRequest(new RequestReading(head, head.target), { hasRule: asker.hasRule ?? false });
}

Deno.test("EgressPolicy without entries allows everything, or denies all but rules' hosts", () => {
  const reason = "egress.default is allow";
  assert.deepEqual(decide(new EgressPolicy(openEgress), "a.example"), { allow: true, reason });
  const closed = policyOf({ default: "deny" });
  assert.deepEqual(decide(closed, "a.example"), {
    allow: false,
    reason: "egress.default is deny",
  });
  assert.deepEqual(decide(closed, "a.example", { hasRule: true }), {
    allow: true,
    reason: "a rule names it",
  });
});

const layered = policyOf({
  default: "deny",
  allow: [
    { host: "*.npmjs.org", methods: ["GET"] },
    { host: "pypi.org", port: 443 },
    { host: "ci.example", agents: ["ci"] },
    { host: "*.example.net" },
    { host: "10.1.0.0/16" },
  ],
  deny: [
    { host: "gist.example.net" },
    { host: "api.example.net", path: "/admin/**" },
    { host: "*", port: 25 },
    { host: "shared.example.net", agents: ["ci"] },
    { host: "203.0.113.0/24" },
  ],
});

const destinations: readonly (readonly [string, Asker, boolean | "inspect", string])[] = [
  ["pypi.org", {}, true, "egress.allow[1] (pypi.org)"],
  ["pypi.org:444", {}, false, "egress.default is deny"],
  ["x.pypi.org", {}, false, "egress.default is deny"],
  ["ci.example", {}, false, "egress.default is deny"],
  ["ci.example", { agent: "ci" }, true, "egress.allow[2] (ci.example)"],
  ["ci.example", { agent: "CI" }, false, "egress.default is deny"],
  ["a.example.net", {}, true, "egress.allow[3] (*.example.net)"],
  ["example.net", {}, false, "egress.default is deny"],
  ["gist.example.net", {}, false, "egress.deny[0] (gist.example.net)"],
  ["gist.example.net", { hasRule: true }, false, "egress.deny[0] (gist.example.net)"],
  ["a.example.net:25", {}, false, "egress.deny[2] (*)"],
  ["a.example.net:24", {}, true, "egress.allow[3] (*.example.net)"],
  ["shared.example.net", {}, true, "egress.allow[3] (*.example.net)"],
  ["shared.example.net", { agent: "ci" }, false, "egress.deny[3] (shared.example.net)"],
  ["10.1.2.3", {}, true, "egress.allow[4] (10.1.0.0/16)"],
  ["10.2.0.0", {}, false, "egress.default is deny"],
  ["203.0.113.9", {}, false, "egress.deny[4] (203.0.113.0/24)"],
  ["[64:ff9b::203.0.113.9]", {}, false, "egress.deny[4] (203.0.113.0/24)"],
  ["a.example.net", { address: "203.0.113.9" }, false, "egress.deny[4] (203.0.113.0/24)"],
  ["a.example.net", { address: "203.0.114.9" }, true, "egress.allow[3] (*.example.net)"],
  ["b.example.org", { address: "10.1.2.3" }, false, "egress.default is deny"],
  [
    "registry.npmjs.org",
    {},
    "inspect",
    "egress.allow[0] (*.npmjs.org) is about some requests only",
  ],
  [
    "api.example.net",
    {},
    "inspect",
    "egress.deny[1] (api.example.net) is about some requests only",
  ],
  [
    "api.example.net",
    { hasRule: true },
    "inspect",
    "egress.deny[1] (api.example.net) is about some requests only",
  ],
];

for (const [authority, asker, allow, reason] of destinations) {
  const who = Object.keys(asker).length === 0 ? "" : ` with ${JSON.stringify(asker)}`;
  Deno.test(`EgressPolicy decides ${authority}${who}: ${allow}, ${reason}`, () => {
    assert.deepEqual(decide(layered, authority, asker), { allow, reason });
  });
}

Deno.test("EgressPolicy by default allow need not look into what only allow entries condition", () => {
  const policy = policyOf({ allow: [{ host: "*", methods: ["GET"] }] });
  assert.deepEqual(decide(policy, "a.example"), {
    allow: true,
    reason: "egress.default is allow",
  });
});

const requests: readonly (readonly [string, string, Asker, boolean, string])[] = [
  ["registry.npmjs.org", "GET /x", {}, true, "egress.allow[0] (*.npmjs.org)"],
  ["registry.npmjs.org", "PUT /x", {}, false, "egress.default is deny"],
  ["registry.npmjs.org", "PUT /x", { hasRule: true }, true, "a rule names it"],
  ["registry.npmjs.org", "GET /x?_method=put", {}, false, "egress.default is deny"],
  ["api.example.net", "GET /admin/x", {}, false, "egress.deny[1] (api.example.net)"],
  ["api.example.net", "GET /admin/x", { hasRule: true }, false, "egress.deny[1] (api.example.net)"],
  ["api.example.net", "GET /x/../ADMIN", {}, false, "egress.deny[1] (api.example.net)"],
  ["api.example.net", "GET /x%2f..%2fadmin", {}, false, "egress.deny[1] (api.example.net)"],
  ["api.example.net", "GET /administrators", {}, true, "egress.allow[3] (*.example.net)"],
  ["gist.example.net", "GET /", {}, false, "egress.deny[0] (gist.example.net)"],
  ["elsewhere.example", "GET /", {}, false, "egress.default is deny"],
];

for (const [authority, line, asker, allow, reason] of requests) {
  const rule = asker.hasRule === true ? " with a rule" : "";
  Deno.test(`EgressPolicy decides ${authority} ${line}${rule}: ${allow}, ${reason}`, () => {
    assert.deepEqual(ask(layered, [authority, line], asker), { allow, reason });
  });
}

Deno.test("EgressPolicy settles no path that a condition asks for and that cannot be settled", () => {
  assert.throws(() => ask(layered, ["api.example.net", "GET /%zz"]), WireError);
  assert.equal(ask(layered, ["a.example.net", "GET /%zz"]).allow, true);
});

Deno.test("EgressPolicy that is only reported allows, and says what it would deny", () => {
  const policy = policyOf({
    default: "deny",
    mode: "report",
    allow: [{ host: "a.example" }],
    deny: [{ host: "b.example" }, { host: "a.example", path: "/x/**" }, { host: "10.0.0.0/8" }],
  });
  const would = (wouldDeny: string) => ({
    allow: true,
    reason: "egress.mode is report",
    wouldDeny,
  });
  assert.deepEqual(decide(policy, "b.example"), would("egress.deny[0] (b.example)"));
  assert.deepEqual(decide(policy, "c.example"), would("egress.default is deny"));
  assert.equal(decide(policy, "a.example").allow, "inspect");
  assert.deepEqual(
    ask(policy, ["a.example", "GET /x"]),
    would("egress.deny[1] (a.example)"),
  );
  assert.deepEqual(ask(policy, ["a.example", "GET /y"]), {
    allow: true,
    reason: "egress.allow[0] (a.example)",
  });
  assert.match(ask(policy, ["a.example", "GET /%zz"]).reason, /report/);
  assert.deepEqual(
    policy.atAddress("10.1.2.3", { port: 443, agent: "" }),
    would("egress.deny[2] (10.0.0.0/8)"),
  );
});

Deno.test("EgressPolicy.atAddress() goes by the entries that name addresses and nothing else", () => {
  const policy = policyOf({
    allow: [
      { host: "*" },
      { host: "a.example" },
      { host: "10.1.0.0/16", port: 443 },
      { host: "10.2.0.0/16", agents: ["ci"] },
      { host: "10.3.0.0/16", methods: ["GET"] },
      { host: "fd00::1" },
    ],
    deny: [{ host: "10.1.9.0/24" }, { host: "10.1.8.0/24", path: "/**" }, { host: "*", port: 25 }],
  });
  const table: [string, number, string, boolean | undefined][] = [
    ["10.1.2.3", 443, "", true],
    ["10.1.2.3", 444, "", undefined],
    ["10.1.9.1", 443, "", false],
    ["64:ff9b::10.1.9.1", 443, "", false],
    ["64:ff9b::10.1.2.3", 443, "", undefined],
    ["10.1.8.1", 443, "", true],
    ["10.2.0.1", 443, "", undefined],
    ["10.2.0.1", 443, "ci", true],
    ["10.3.0.1", 443, "", undefined],
    ["10.4.0.1", 443, "", undefined],
    ["127.0.0.1", 25, "", undefined],
    ["fd00::1", 1, "", true],
    ["fd00::2", 1, "", undefined],
  ];
  for (const [address, port, agent, allow] of table) {
    assert.equal(policy.atAddress(address, { port, agent })?.allow, allow, `${address} ${port}`);
  }
});

Deno.test("DestinationEgress.deniedOutright tells entries from the default and from conditions", () => {
  assert.ok(at(layered, "gist.example.net").deniedOutright);
  assert.ok(!at(layered, "api.example.net").deniedOutright);
  assert.ok(!at(layered, "elsewhere.example").deniedOutright);
});
