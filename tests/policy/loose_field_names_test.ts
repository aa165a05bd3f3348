import assert from "node:assert/strict";
import { isLooselyIn, looseFieldValues } from "../../src/policy/loose_field_names.ts";
import { requestHead } from "../support/request_head.ts";

const names = new Set(["x-original-url", "x-rewrite-url"]);

Deno.test("looseFieldValues() takes _ for - and ignores case, as CGI does", () => {
  const { fields } = requestHead(
    "GET /",
    "X-Original-Url: /1",
    "X_ORIGINAL_URL: /2",
    "x-rewrite_url: /3",
  );
  assert.deepEqual(looseFieldValues(fields, names), ["/1", "/2", "/3"]);
});

Deno.test("looseFieldValues() finds no other field", () => {
  const { fields } = requestHead(
    "GET /",
    "X-Original: /1",
    "Original-Url: /2",
    "XX-Original-Url: /3",
  );
  assert.deepEqual(looseFieldValues(fields, names), []);
});

Deno.test("isLooselyIn() takes _ for -, and tells other names apart", () => {
  const carriers = new Set(["x-api-key", "corp_key", "corp-key"]);
  for (const name of ["x-api-key", "x_api_key", "x-api_key", "corp_key", "corp-key"]) {
    assert.ok(isLooselyIn(name, carriers), name);
  }
  for (const name of ["x-api", "x--api-key", "xapikey", "x-api-key_"]) {
    assert.ok(!isLooselyIn(name, carriers), name);
  }
});
