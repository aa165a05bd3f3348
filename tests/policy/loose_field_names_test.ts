import assert from "node:assert/strict";
import { looseFieldValues } from "../../src/policy/loose_field_names.ts";
import { requestHead } from "../support/request_head.ts";

const names = new Set(["x-original-url", "rewrite-url"]);

Deno.test("looseFieldValues() takes _ and the like for - and ignores case, as CGI does", () => {
  const { fields } = requestHead(
    "GET /",
    "X-Original-Url: /1",
    "X_ORIGINAL_URL: /2",
    "rewrite_url: /3",
    "X.Original!Url: /4",
  );
  assert.deepEqual(looseFieldValues(fields, names), ["/1", "/2", "/3", "/4"]);
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
