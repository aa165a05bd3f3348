import assert from "node:assert/strict";
import { fieldNameProblem, parseRuleFlag } from "../../src/policy/rule_flag.ts";
import type { CredentialFormat } from "../../src/policy/credential_format.ts";
import { WireError } from "../../src/wire/wire_error.ts";

Deno.test("parseRuleFlag() reads the triple", () => {
  const text = " api.newservice.com , authorization , NEWSERVICE_TOKEN ";
  assert.deepEqual(parseRuleFlag(text), {
    text,
    pattern: { kind: "exact", host: "api.newservice.com", port: 443 },
    field: {
      name: "authorization",
      variable: "NEWSERVICE_TOKEN",
      format: { kind: "prefix", prefix: "Bearer " },
    },
  });
});

Deno.test("parseRuleFlag() knows the host's port and each format", () => {
  const table: [string, number, CredentialFormat][] = [
    ["a.example.com,X-Key,V", 443, { kind: "prefix", prefix: "" }],
    ["*.example.com:8443,Cookie,V,session={}", 8443, { kind: "prefix", prefix: "session=" }],
    ["a.example.com,Authorization,V,{}", 443, { kind: "prefix", prefix: "" }],
    ["a.example.com,Authorization,V,Token token={}", 443, {
      kind: "prefix",
      prefix: "Token token=",
    }],
    ["a.example.com,Authorization,V,Basic {}", 443, { kind: "prefix", prefix: "Basic " }],
    ["a.example.com,Authorization,V,Digest a=1, b={}, c", 443, {
      kind: "prefix",
      prefix: "Digest a=1, b=",
      suffix: ", c",
    }],
    ["a.example.com,Authorization,V,basic:me@example.com", 443, {
      kind: "basic",
      user: "me@example.com",
    }],
    ["[2001:db8::1]:6443,X-Key,_v1", 6443, { kind: "prefix", prefix: "" }],
  ];
  for (const [text, port, format] of table) {
    const { pattern, field } = parseRuleFlag(text);
    assert.equal(pattern.port, port, text);
    assert.deepEqual(field.format, format, text);
  }
});

Deno.test("parseRuleFlag() refuses what is malformed, and says what to write", () => {
  const table: [string, RegExp][] = [
    ["", /HOST,HEADER,ENV_VAR/],
    ["a.example.com", /HOST,HEADER,ENV_VAR/],
    ["a.example.com,X-Key", /HOST,HEADER,ENV_VAR/],
    [",X-Key,V", /HOST,HEADER,ENV_VAR/],
    ["*,X-Key,V", /--rule.*matches every host/],
    ["*.co.uk,X-Key,V", /--rule.*public suffix/],
    ["*.grafana.net,X-Key,V", /--rule.*customers/],
    ["a.example.com,,V", /no header name/],
    ["a.example.com,X Key,V", /no header name/],
    ["a.example.com,X-Key:,V", /no header name/],
    ["a.example.com,Schlüssel,V", /no header name/],
    ["a.example.com,Host,V", /frames or routes/],
    ["a.example.com,proxy-authorization,V", /frames or routes/],
    ["a.example.com,X-Key,", /name of a variable/],
    ["a.example.com,X-Key,sk-sesame", /name of a variable/],
    ["a.example.com,X-Key,1V", /name of a variable/],
    ["a.example.com,X-Key,V,", /"{}" once/],
    ["a.example.com,X-Key,V,Token", /"{}" once/],
    ["a.example.com,X-Key,V,{}{}", /"{}" once/],
    ["a.example.com,X-Key,V,basic:", /names no user/],
    ["a.example.com,X-Key,V,basic:a:b", /colon/],
    ["a.example.com,X-Key,V,a\r\nb{}", /printable ASCII/],
    ["a.example.com,X-Key,V,é{}", /printable ASCII/],
  ];
  for (const [text, expected] of table) {
    assert.throws(() => parseRuleFlag(text), (error) => {
      assert.ok(error instanceof WireError, text);
      assert.match(error.message, /rule/);
      assert.match(error.message, expected);
      return !error.message.includes("sesame");
    }, text);
  }
});

Deno.test("fieldNameProblem() refuses fields that frame, route or belong to a handshake", () => {
  const reserved = [
    "Host",
    "content-length",
    "Transfer-Encoding",
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Anything",
    "TE",
    "Trailer",
    "Upgrade",
    "Expect",
    "Sec-WebSocket-Key",
    "HTTP2-Settings",
  ];
  for (const name of reserved) assert.notEqual(fieldNameProblem(name), undefined, name);
  for (const name of ["Authorization", "Cookie", "x-api-key", "X_Key!"]) {
    assert.equal(fieldNameProblem(name), undefined, name);
  }
});
