import assert from "node:assert/strict";
import fc from "fast-check";
import { AuditFormatter } from "../../src/observe/audit_formatter.ts";
import type { AuditRecord } from "../../src/observe/audit_record.ts";

const time = Date.UTC(2026, 9, 2, 11, 22, 33, 4);

function format(record: AuditRecord, formatter = new AuditFormatter()): string {
  return new TextDecoder().decode(formatter.format(record));
}

const full: Required<AuditRecord> = {
  time,
  id: "1f-2",
  kind: "exchange",
  agent: "ci",
  proof: "token",
  client: "[::1]:50000",
  method: "GET",
  authority: "api.github.com:443",
  path: "/user?page=*",
  rule: "github",
  injected: ["authorization", "x-key"],
  decision: "allow",
  reason: "rule github",
  wouldDeny: "no entry allows it",
  upstream: "140.82.112.5:443",
  through: "http://proxy.corp.example:3128",
  alpn: "http/1.1",
  status: 200,
  decrypted: true,
  bytesIn: 120,
  bytesOut: 9_007_199_254_740_991,
  ms: { total: 12.3456, connect: 5, firstByte: 7.06 },
  redactions: { GITHUB_TOKEN: 2, OTHER: 1 },
  canary: ["NPM_TOKEN"],
  canaryInBody: ["HF_TOKEN"],
  lost: 3,
};

/** The record as it is to be read: snake case, times as text, durations to the microsecond. */
function expected(
  { time, wouldDeny, bytesIn, bytesOut, ms, canaryInBody, ...rest }: AuditRecord,
): unknown {
  const micros = (value: number | undefined) => value && Math.round(value * 1000) / 1000;
  return JSON.parse(JSON.stringify({
    ...rest,
    time: new Date(time).toISOString(),
    would_deny: wouldDeny,
    bytes_in: bytesIn,
    bytes_out: bytesOut,
    canary_in_body: canaryInBody,
    ms: ms && {
      total: micros(ms.total),
      connect: micros(ms.connect),
      first_byte: micros(ms.firstByte),
    },
  }));
}

Deno.test("AuditFormatter.format() writes every field, always in the same order", () => {
  assert.equal(
    format(full),
    '{"time":"2026-10-02T11:22:33.004Z","id":"1f-2","kind":"exchange","agent":"ci",' +
      '"proof":"token","client":"[::1]:50000","method":"GET","authority":"api.github.com:443",' +
      '"path":"/user?page=*","rule":"github","injected":["authorization","x-key"],' +
      '"decision":"allow","reason":"rule github","would_deny":"no entry allows it",' +
      '"upstream":"140.82.112.5:443",' +
      '"through":"http://proxy.corp.example:3128","alpn":"http/1.1","status":200,"decrypted":true,' +
      '"bytes_in":120,' +
      '"bytes_out":9007199254740991,"ms":{"total":12.346,"connect":5.000,"first_byte":7.060},' +
      '"redactions":{"GITHUB_TOKEN":2,"OTHER":1},"canary":["NPM_TOKEN"],' +
      '"canary_in_body":["HF_TOKEN"],"lost":3}\n',
  );
});

Deno.test("AuditFormatter.format() leaves out what is absent", () => {
  assert.equal(
    format({ time, kind: "alarm" }),
    '{"time":"2026-10-02T11:22:33.004Z","kind":"alarm"}\n',
  );
});

Deno.test("AuditFormatter.format() tells the time whatever time the line before had", () => {
  const formatter = new AuditFormatter();
  const times = [0, 1, 999, 1000, 999, time, time + 995, time + 996, time, 86_400_000 * 366];
  for (const time of times) {
    const line = JSON.parse(format({ time, kind: "tunnel" }, formatter));
    assert.equal(line.time, new Date(time).toISOString());
  }
  assert.throws(() => format({ time: NaN, kind: "tunnel" }), RangeError);
});

Deno.test("AuditFormatter.format() bounds every text that a client may have chosen", () => {
  const long = "m".repeat(2048);
  const line = format({ time, kind: "exchange", method: long + "m" });
  assert.equal(JSON.parse(line).method, long + "…");
  const names = format({ time, kind: "alarm", canary: [long + "m"] });
  assert.deepEqual(JSON.parse(names).canary, [long + "…"]);
  const exact = format({ time, kind: "exchange", method: long });
  assert.equal(JSON.parse(exact).method, long);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.nat({ max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom('","kind":"alarm', '"}\n{"time":', "\x1b]0;x\x07", "\u2028", "__proto__", ""),
);
const count = fc.maxSafeNat();
const milliseconds = fc.double({ min: 0, max: 1e9, noNaN: true });
const records = fc.record({
  time: fc.nat({ max: 4e12 }),
  id: hostile,
  kind: fc.constantFrom("exchange" as const, "tunnel" as const, "alarm" as const),
  agent: hostile,
  proof: hostile,
  client: hostile,
  method: hostile,
  authority: hostile,
  path: hostile,
  rule: hostile,
  injected: fc.array(hostile),
  decision: fc.constantFrom("allow" as const, "deny" as const, "error" as const),
  reason: hostile,
  wouldDeny: hostile,
  upstream: hostile,
  alpn: hostile,
  status: count,
  bytesIn: count,
  bytesOut: count,
  ms: fc.record({ total: milliseconds, connect: milliseconds, firstByte: milliseconds }, {
    requiredKeys: ["total"],
  }),
  redactions: fc.dictionary(hostile, count),
  canary: fc.array(hostile),
  lost: count,
}, { requiredKeys: ["time", "kind"] });

Deno.test("AuditFormatter.format() gives any record back as one printable line", () => {
  const formatter = new AuditFormatter();
  fc.assert(fc.property(records, (record) => {
    const line = format(record, formatter);
    assert.match(line, /^[\x20-\x7e]+\n$/);
    assert.deepEqual(JSON.parse(line), expected(record));
  }));
});
