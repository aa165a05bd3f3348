import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfigFile } from "../../src/config/config_file.ts";
import { parseFixtures } from "../../src/config/fixture_file.ts";
import { learnedFixturesText, learnedPolicyText } from "../../src/config/learned_files.ts";
import { learnPolicy, type SeenTraffic } from "../../src/policy/learn.ts";
import { Fields } from "../../src/wire/fields.ts";

const fields = Fields.parse(new Uint8Array(0), { start: 0, end: 0, maxLines: 0 });
const headOf = (method: string) => ({ method, fields });

const traffic = fc.record({
  host: fc.constantFrom("a.example", "b.example", "2001:db8::1"),
  port: fc.constantFrom(80, 443, 8443),
  agent: fc.constantFrom("", "ci"),
  request: fc.record({
    method: fc.constantFrom("GET", "POST"),
    // What a request target may hold (RFC 9112 section 3.2): no space, no control character.
    path: fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    }).map((text) => `/${text}`),
  }),
});

Deno.test("learned files are read again as what was learned, whatever clients have sent", () => {
  fc.assert(
    fc.property(
      fc.array(traffic, { maxLength: 8 }),
      fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }),
      (seen: SeenTraffic[], refused) => {
        const policy = learnPolicy(seen, { depth: 3, headOf });
        const text = learnedPolicyText(policy, { refused });
        const { file, problems } = parseConfigFile(text, { path: "c.yaml", services: [] });
        assert.deepEqual(problems, [], text);
        assert.equal(file.egress.default, "deny");
        assert.equal(file.egress.ruleHosts, "listed");
        assert.deepEqual(
          file.egress.allow.map(({ place: _, host: __, ...rest }) => rest),
          policy.entries.map(({ host: _, ...rest }) => rest),
        );
        const fixtures = parseFixtures(learnedFixturesText(seen, policy), "f.yaml");
        assert.deepEqual(fixtures.problems, []);
        const kept = seen.filter((each) => !policy.leftOut.includes(each));
        assert.deepEqual(
          new Set(fixtures.fixtures.map(({ method, url }) => `${method} ${url}`)).size,
          new Set(kept.map(({ host, port, request }) => JSON.stringify([host, port, request])))
            .size,
        );
      },
    ),
    { numRuns: 500 },
  );
});
