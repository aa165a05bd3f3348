import assert from "node:assert/strict";
import { parseVia } from "../../src/config/parse_via.ts";

Deno.test("parseVia() takes a token, and a token with a port", () => {
  for (
    const text of ["auth-proxy", "p", "proxy.corp.example.com", "10.0.0.1", "a:8080", "x!#$%&'*+"]
  ) {
    assert.equal(parseVia(text), text);
  }
});

Deno.test("parseVia() refuses what could end the field or start another entry", () => {
  const bad = [
    "",
    "a b",
    "a,b",
    "a\r\nX: y",
    "a\n",
    "a(b)",
    "a;b",
    "a:",
    "a:b",
    "a:123456",
    "a:1:2",
  ];
  for (const text of [...bad, '"a"', "é", "a\0", "[::1]:80", "x".repeat(256)]) {
    assert.throws(() => parseVia(text), /^Error: Cannot parse "/, JSON.stringify(text));
  }
});
