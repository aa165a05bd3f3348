import assert from "node:assert/strict";
import { type DeniedEndpoint, DeniedEndpoints } from "../../src/policy/denied_endpoints.ts";
import { requestHead } from "../support/request_head.ts";

const json = "Content-Type: application/json";
const docs = "https://example.com/";

const endpoints: readonly DeniedEndpoint[] = [
  { name: "user-key", docs, requests: ["POST /user/keys"] },
  { name: "project-token", docs, requests: ["POST|PUT /projects/*/access_tokens/**"] },
  { name: "account-token", docs, requests: ["POST /**/serviceaccounts/*/token"] },
  { name: "variables", docs, requests: ["GET /projects/*/variables"] },
];
const denied = new DeniedEndpoints(endpoints);

function find(requestLine: string, ...fields: string[]): string | undefined {
  const head = requestHead(requestLine, ...fields);
  return denied.find(head, head.target)?.name;
}

const refused: readonly (readonly [requestLine: string, fields: string[], name: string])[] = [
  ["POST /user/keys", [json], "user-key"],
  ["POST /User/KEYS", [json], "user-key"],
  ["POST /user/keys?a=b", [json], "user-key"],
  ["POST /user/keys?%zz", [json], "user-key"],
  ["POST /user/keys/", [json], "user-key"],
  ["POST /user/keys.json", [json], "user-key"],
  ["POST /x/..;/user/keys", [json], "user-key"],
  ["POST /projects/group%2Fname/access_tokens", [json], "project-token"],
  ["POST /projects/group%252Fname/access_tokens", [json], "project-token"],
  ["PUT /projects/1/access_tokens/2/rotate", [], "project-token"],
  ["POST /api/v1/namespaces/a/serviceaccounts/b/token", [json], "account-token"],
  ["POST /api/v1/namespaces/a%2Fserviceaccounts/b/token", [json], "account-token"],
  ["post /user/keys", [json], "user-key"],
  ["GET /user/keys", ["X-HTTP-Method-Override: POST"], "user-key"],
  ["GET /user/keys?_method=post", [], "user-key"],
  ["GET /projects/1/variables", [], "variables"],
  // A form may say that it is a GET.
  ["POST /projects/1/variables", [], "variables"],
  ["POST /x", [json, "X-Original-URL: /user/keys"], "user-key"],
  ["POST /x", [json, "X-Rewrite-Url: https://h/user/%6beys?x"], "user-key"],
  ["POST /x", [json, "X_Rewrite_Url: /user/keys"], "user-key"],
  ["POST /x", [json, "X-Original-Uri: /user/keys"], "user-key"],
  ["POST /x", [json, "X-Forwarded-Uri: /user/keys"], "user-key"],
  ["POST /x", [json, "X-Forwarded-Path: /user/keys"], "user-key"],
  ["POST /x", [json, "X-Override-URL: /user/keys"], "user-key"],
  ["POST /x", [json, "X-Original-URL: /y", "X-Rewrite-URL: /user/keys"], "user-key"],
  ["POST //x/user/keys", [json], "user-key"],
];

for (const [requestLine, fields, name] of refused) {
  Deno.test(`DeniedEndpoints.find() finds ${requestLine} with ${JSON.stringify(fields)}`, () => {
    assert.equal(find(requestLine, ...fields), name);
  });
}

const passed: readonly (readonly [requestLine: string, fields: string[]])[] = [
  ["GET /user/keys", []],
  ["DELETE /user/keys", []],
  ["POST /user/keys/1", [json]],
  ["POST /user/emails", [json]],
  ["POST /x?y=/user/keys", [json]],
  ["POST /projects/1/variables", [json]],
  ["POST /projects/a/b/access_tokens", [json]],
  ["GET /api/v1/namespaces/a/serviceaccounts/b/token", []],
  ["DELETE /a%zz", []],
  ["POST /x", [json, "X-Original-URL: /y?z=/user/keys"]],
  ["OPTIONS *", []],
];

for (const [requestLine, fields] of passed) {
  Deno.test(`DeniedEndpoints.find() passes ${requestLine} with ${JSON.stringify(fields)}`, () => {
    assert.equal(find(requestLine, ...fields), undefined);
  });
}

Deno.test("DeniedEndpoints.find() says that a path which cannot be settled is malformed", () => {
  for (const path of ["/a%zz", "/%u002fuser/keys", `/%${"25".repeat(64)}2e`]) {
    assert.throws(() => find(`POST ${path}`, json), { name: "WireError", message: /settle/ });
  }
  assert.throws(() => find("POST /x", json, "X-Original-URL: /a%zz"), { name: "WireError" });
});

Deno.test("DeniedEndpoints.find() takes no field twice that some server takes for the path", () => {
  for (const name of ["X-Original-URL", "x_original_url"]) {
    assert.throws(() => find("POST /x", json, "X-Original-URL: /a", `${name}: /b`), {
      name: "WireError",
      message: /^Cannot settle the path: more than one x-original-url$/,
    });
  }
});

Deno.test("DeniedEndpoints.find() reads all paths of one request in no more ways than one path", () => {
  const many = "/a;b/%2f/%5c/%2e%2e/";
  assert.equal(find(`POST ${many}`, json), undefined);
  assert.equal(find("POST /x", json, `X-Original-URL: ${many}`), undefined);
  const others = ["X-Original-URL", "X-Rewrite-URL"].map((name, at) => `${name}: ${many}${at}`);
  assert.throws(() => find(`POST ${many}`, json, ...others), {
    name: "WireError",
    message: /too many ways/,
  });
});

for (
  const request of [
    "/a",
    "POST a",
    "post /a",
    "POST /a b",
    "POST|/a",
    "POST  /a",
    "POST /**/a/**/b",
  ]
) {
  Deno.test(`DeniedEndpoints refuses the request pattern ${JSON.stringify(request)}`, () => {
    assert.throws(() => new DeniedEndpoints([{ name: "x", docs, requests: [request] }]), {
      name: "TypeError",
      message: /^Cannot compile /,
    });
  });
}
