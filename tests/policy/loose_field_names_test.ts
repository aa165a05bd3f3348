import assert from "node:assert/strict";
import { looseFields } from "../../src/policy/loose_field_names.ts";
import { requestHead } from "../support/request_head.ts";

const names = new Set(["x-original-url", "rewrite-url"]);

Deno.test("looseFields() takes _ and the like for - and ignores case, as CGI does", () => {
  const { fields } = requestHead(
    "GET /",
    "X-Original-Url: /1",
    "X_ORIGINAL_URL: /2",
    "rewrite_url: /3",
    "X.Original!Url: /4",
  );
  assert.deepEqual(looseFields(fields, names), [
    { name: "x-original-url", value: "/1" },
    { name: "x-original-url", value: "/2" },
    { name: "rewrite-url", value: "/3" },
    { name: "x-original-url", value: "/4" },
  ]);
});

Deno.test("looseFields() finds no other field", () => {
  const { fields } = requestHead(
    "GET /",
    "X-Original: /1",
    "Original-Url: /2",
    "XX-Original-Url: /3",
  );
  assert.deepEqual(looseFields(fields, names), []);
});
