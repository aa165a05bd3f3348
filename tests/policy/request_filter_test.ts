import assert from "node:assert/strict";
import fc from "fast-check";
import { compileExactPath } from "../../src/policy/path_pattern.ts";
import { pathReadings } from "../../src/policy/path_readings.ts";
import { type RequestConditions, RequestFilter } from "../../src/policy/request_filter.ts";
import { RequestReading } from "../../src/policy/request_reading.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { requestHead } from "../support/request_head.ts";

function read(requestLine: string, ...fields: string[]): RequestReading {
  const head = requestHead(requestLine, ...fields);
  return new RequestReading(head, head.target);
}

function filterOf(conditions: RequestConditions): RequestFilter {
  const filter = RequestFilter.of(conditions);
  assert.ok(filter !== undefined);
  return filter;
}

const orgA = filterOf({ path: "/orgA/**", methods: ["GET", "POST"] });

/** Whether the request may, and whether it surely does, match `GET|POST /orgA/**`. */
const table: readonly (readonly [may: boolean, surely: boolean, line: string, ...string[]])[] = [
  [true, true, "GET /orgA/x"],
  [true, true, "GET /orgA"],
  [true, true, "GET /orgA/x.git/info/refs?service=git-upload-pack"],
  [true, true, "POST /orgA/x.git/git-upload-pack", "Content-Type: application/x-git-upload-pack"],
  [true, true, "POST /orgA/x", "Content-Type: application/json"],
  // What a form may say in its body is not seen.
  [true, true, "POST /orgA/x"],
  [true, true, "GET /orgA/a%20b%2Fc;d"],
  [true, true, "GET /orgA/x/../y"],
  [false, false, "GET /orgB/x"],
  [false, false, "GET /orgAx"],
  [false, false, "HEAD /orgA/x"],
  [false, false, "DELETE /orgA/x"],
  // May be meant, for some server; is not for another.
  [true, false, "GET /ORGA/x"],
  [true, false, "GET /%6frgA/x"],
  [true, false, "GET /orgA%2Fx"],
  [true, false, "GET //orgA/x"],
  [true, false, "GET /orgB/../orgA/x"],
  [true, false, "GET /orgA/../orgB/x"],
  [true, false, "GET /orgA/%2e%2e/orgB/x"],
  [true, false, "GET /orgA/%252e%252e/orgB/x"],
  [true, false, "GET /orgA/..;/orgB/x"],
  [true, false, "GET /orgA/..%5CorgB/x"],
  [true, false, "GET /orgA\\..\\orgB"],
  [true, false, "GET /orgA;x/y"],
  [true, false, "GET /orgA/%C0%AE%C0%AE/orgB"],
  [true, false, "get /orgA/x"],
  [true, false, "GET /orgA/x", "X-HTTP-Method-Override: GET"],
  [true, false, "DELETE /orgA/x", "X_HTTP_Method: POST"],
  [true, false, "GET /orgA/x?_method=delete"],
  [true, false, "GET /orgA/x", "X-Original-URL: /orgB/x"],
  [true, false, "GET /orgB/x", "X-Rewrite-URL: /orgA/x"],
  [true, true, "GET /orgA/x", "X-Rewrite-URL: https://h/orgA/y?z"],
];

for (const [may, surely, line, ...fields] of table) {
  const spelt = [line, ...fields].join(", ");
  Deno.test(`RequestFilter reads ${spelt} as ${may ? "may" : "not"}, ${surely}`, () => {
    assert.equal(orgA.mayMatch(read(line, ...fields)), may);
    assert.equal(orgA.surelyMatches(read(line, ...fields)), surely);
  });
}

Deno.test("RequestFilter.of() makes none where there is no condition", () => {
  assert.equal(RequestFilter.of({}), undefined);
});

Deno.test("RequestFilter looks at nothing but what its conditions name", () => {
  const reads = filterOf({ methods: ["GET"] });
  assert.ok(reads.surelyMatches(read("GET /%zz")));
  assert.ok(!reads.mayMatch(read("PUT /%zz")));
  const root = filterOf({ path: "/" });
  assert.ok(root.surelyMatches(read("PATCH /")));
  assert.ok(!root.surelyMatches(read("OPTIONS *")));
  assert.ok(!root.mayMatch(read("OPTIONS *")));
});

Deno.test("RequestFilter settles no path that cannot be settled, nor one of another method", () => {
  for (const path of ["/orgA/%zz", `/orgA/%${"25".repeat(80)}2e`]) {
    assert.throws(() => orgA.mayMatch(read(`GET ${path}`)), WireError);
    assert.throws(() => orgA.surelyMatches(read(`GET ${path}`)), WireError);
    assert.equal(orgA.mayMatch(read(`DELETE ${path}`)), false);
  }
});

const piece = fc.constantFrom(
  ..."orgA orgB a . .. / // \\ ; ;b %2e %2f %252f %5c %3b %3f %23 %00 %0a %25 %c0%af %ef%bc%8f \xe9"
    .split(" "),
);
const hostilePath = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join("")}`);

Deno.test("RequestFilter.surelyMatches() holds for no request with a reading outside", () => {
  let matched = 0;
  for (const path of ["/orgA/**", "/orgA/*", "/**/a", "/"]) {
    const exact = compileExactPath(path);
    const filter = filterOf({ path });
    fc.assert(
      fc.property(fc.oneof(hostilePath, hostilePath.map((each) => `/orgA${each}`)), (target) => {
        const request = read(`GET ${target}`);
        let surely: boolean;
        try {
          surely = filter.surelyMatches(request);
        } catch (error) {
          assert.ok(error instanceof WireError);
          return;
        }
        if (!surely) return;
        matched++;
        for (const reading of pathReadings(target)) assert.ok(exact.test(reading), reading);
        assert.ok(filter.mayMatch(request), "what surely matches may match");
      }),
      { numRuns: 1000 },
    );
  }
  assert.ok(matched > 100, `only ${matched} requests matched`);
});
