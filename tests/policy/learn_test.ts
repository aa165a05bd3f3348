import assert from "node:assert/strict";
import fc from "fast-check";
import { EgressPolicy, openEgress } from "../../src/policy/egress_policy.ts";
import { parseHostFilter } from "../../src/policy/host_filter.ts";
import { type LearnedPolicy, learnPolicy, type SeenTraffic } from "../../src/policy/learn.ts";
import { RequestReading } from "../../src/policy/request_reading.ts";
import { parseHost } from "../../src/wire/authority.ts";
import { Fields } from "../../src/wire/fields.ts";

const fields = Fields.parse(new Uint8Array(0), { start: 0, end: 0, maxLines: 0 });
const headOf = (method: string) => ({ method, fields });

function seen(line: string, agent = ""): SeenTraffic {
  const [method = "", host = "", path] = line.split(" ");
  if (path === undefined) return { host: method, port: 443, agent };
  return { host, port: 443, agent, request: { method, path } };
}

function learn(traffic: readonly SeenTraffic[], depth = 3): LearnedPolicy {
  return learnPolicy(traffic, { depth, headOf });
}

/** `GET,POST a.example/x/**`, with the agents if there are any. */
function lines({ entries }: LearnedPolicy): string[] {
  return entries.map(({ host, methods, path, agents }) =>
    [methods?.join(), `${host}${path ?? ""}`, agents?.join()].filter((each) => each !== undefined)
      .join(" ")
  );
}

const cases: [string, string[], string[]][] = [
  ["nothing", [], []],
  ["one request", ["GET a.example /user"], ["GET a.example/user"]],
  ["the root", ["GET a.example /"], ["GET a.example/"]],
  ["a slash at the end", ["GET a.example /user/"], ["GET a.example/user/"]],
  ["two methods of one path", ["POST a.example /x", "GET a.example /x", "GET a.example /x"], [
    "GET,POST a.example/x",
  ]],
  ["numbers", ["GET a.example /u/1/a", "GET a.example /u/22/a"], ["GET a.example/u/*/a"]],
  ["a hash", ["GET a.example /c/0a1b2c3d4e"], ["GET a.example/c/*"]],
  ["a word of hexadecimal digits", ["GET a.example /c/deadbeef"], ["GET a.example/c/deadbeef"]],
  ["a UUID", ["GET a.example /c/123e4567-e89b-12d3-a456-426614174000"], ["GET a.example/c/*"]],
  ["what is deep", ["GET a.example /a/b/c/d/e"], ["GET a.example/a/b/c/**"]],
  ["many siblings", Array.from({ length: 9 }, (_, i) => `GET a.example /r/${"abcdefghi"[i]}x/z`), [
    "GET a.example/r/*/z",
  ]],
  ["some siblings", ["GET a.example /r/b/z", "GET a.example /r/a/z"], [
    "GET a.example/r/a/z",
    "GET a.example/r/b/z",
  ]],
  ["a tunnel", ["b.example", "GET a.example /"], ["b.example", "GET a.example/"]],
  ["a tunnel beside requests to one host", ["a.example", "GET a.example /x"], ["a.example"]],
];

for (const [what, traffic, expected] of cases) {
  Deno.test(`learnPolicy() of ${what}`, () => {
    assert.deepEqual(lines(learn(traffic.map((line) => seen(line)))), expected);
  });
}

Deno.test("learnPolicy() keeps agents apart, and joins what is the same for several", () => {
  const policy = learn([
    seen("GET a.example /x", "ci"),
    seen("GET a.example /x", "dev"),
    seen("GET a.example /y", "dev"),
    seen("GET a.example /z", "ci"),
    seen("GET a.example /z"),
  ]);
  assert.deepEqual(lines(policy), [
    "GET a.example/x ci,dev",
    "GET a.example/z",
    "GET a.example/y dev",
  ]);
});

Deno.test("learnPolicy() leaves a path out that some server may read as another", () => {
  const ambiguous = seen("GET a.example /a/%2e%2e/b");
  const policy = learn([seen("GET a.example /a/b"), ambiguous]);
  assert.deepEqual(policy.leftOut, [ambiguous]);
});

Deno.test("learnPolicy() allows nothing for the sake of what it leaves out", () => {
  const known = seen("GET a.example /r/a/z");
  const ambiguous = [
    seen("DELETE a.example /api/%2e%2e/admin"),
    ...Array.from({ length: 9 }, (_, index) => seen(`GET a.example /r/%2e${index}%2fx/z`)),
  ];
  const policy = learn([known, ...ambiguous]);
  assert.deepEqual(lines(policy), ["GET a.example/r/a/z"]);
  assert.deepEqual(policy.leftOut, ambiguous);
});

function policyOf({ entries }: LearnedPolicy): EgressPolicy {
  return new EgressPolicy({
    ...openEgress,
    default: "deny",
    ruleHosts: "listed",
    allow: entries.map((entry) => ({ ...entry, host: parseHostFilter(entry.host), place: "x" })),
  });
}

function allows(policy: EgressPolicy, { host, port, agent, request }: SeenTraffic): boolean {
  const at = policy.at({ authority: { ...parseHost(host), port }, agent });
  if (request === undefined) return at.byDestination({ hasRule: false }).allow === true;
  try {
    const reading = new RequestReading(headOf(request.method), request.path);
    return at.byRequest(reading, { hasRule: true }).allow;
  } catch {
    return false;
  }
}

const host = fc.constantFrom("a.example", "b.example", "x.a.example", "192.0.2.1");
const segment = fc.oneof(
  fc.constantFrom("a", "b", "c", "", ".", "..", "*", "**", "a b", '"', "%2f", "ü", "#", "{", "1"),
  fc.string({ unit: fc.constantFrom(..."abc019-_~.%:@!$&'()*+,;=") }),
);
const path = fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`);
const traffic = fc.record({
  host,
  port: fc.constantFrom(443, 8443),
  agent: fc.constantFrom("", "ci", "dev"),
  request: fc.record({ method: fc.constantFrom("GET", "POST", "DELETE"), path }),
});

Deno.test("learnPolicy() allows all that was seen but what it leaves out, and no other host, port or method", () => {
  fc.assert(
    fc.property(fc.array(traffic, { maxLength: 20 }), traffic, (known, other) => {
      const learned = learn(known);
      const policy = policyOf(learned);
      for (const each of known) {
        assert.equal(allows(policy, each), !learned.leftOut.includes(each), JSON.stringify(each));
      }
      const isNear = known.some((each) =>
        each.host === other.host && each.port === other.port &&
        each.request.method === other.request.method &&
        (each.agent === other.agent || each.agent === "")
      );
      if (!isNear) assert.equal(allows(policy, other), false, JSON.stringify(other));
    }),
    { numRuns: 1000 },
  );
});
