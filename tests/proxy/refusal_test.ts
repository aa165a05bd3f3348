import assert from "node:assert/strict";
import { type ErrorKind, errorKinds, ProxyError } from "../../src/errors.ts";
import { asProxyError, refusalResponse } from "../../src/proxy/refusal.ts";
import { parseResponseHead } from "../../src/wire/http1_head.ts";

const limits = { maxBytes: 8192, maxFieldLines: 20 };

function read(response: Uint8Array) {
  const text = new TextDecoder().decode(response);
  const end = text.indexOf("\r\n\r\n") + 4;
  return { head: parseResponseHead(response, end, limits), body: response.subarray(end) };
}

Deno.test("refusalResponse() says each kind of failure in the status, Proxy-Status and a problem", () => {
  for (const kind of Object.keys(errorKinds) as ErrorKind[]) {
    const { status, title, proxyError } = errorKinds[kind];
    const error = new ProxyError(kind, "Cannot do it: a state");
    const { head, body } = read(refusalResponse(error, { connection: "keep", rule: "github" }));
    assert.equal(head.status, status, kind);
    assert.notEqual(head.reason, "Error", `${kind}: status ${status} has no reason phrase`);
    assert.equal(head.fields.get("content-type"), "application/problem+json");
    assert.equal(head.fields.get("content-length"), String(body.length));
    assert.equal(head.fields.get("cache-control"), "no-store");
    assert.equal(
      head.fields.get("proxy-status"),
      `auth-proxy; error=${proxyError}; details="Cannot do it: a state"`,
    );
    assert.deepEqual(JSON.parse(new TextDecoder().decode(body)), {
      type: `urn:auth-proxy:problem:${kind}`,
      title,
      status,
      detail: "Cannot do it: a state",
      rule: "github",
    });
    assert.equal(head.fields.has("connection"), false);
  }
});

Deno.test("refusalResponse() demands an agent token by Proxy-Authenticate, with 407 alone", () => {
  for (const kind of Object.keys(errorKinds) as ErrorKind[]) {
    const { head } = read(refusalResponse(new ProxyError(kind, "x"), { connection: "keep" }));
    assert.equal(head.fields.has("proxy-authenticate"), head.status === 407, kind);
  }
  const error = new ProxyError("agent_unauthenticated", "x");
  assert.match(
    read(refusalResponse(error, { connection: "keep" })).head.fields.get("proxy-authenticate") ??
      "",
    /^Basic realm="auth-proxy"/,
  );
});

Deno.test("refusalResponse() says close where the connection closes, and names a rule only if known", () => {
  const error = new ProxyError("malformed_request", "x");
  const { head, body } = read(refusalResponse(error, { connection: "close" }));
  assert.equal(head.fields.get("connection"), "close");
  assert.equal("rule" in JSON.parse(new TextDecoder().decode(body)), false);
});

Deno.test("refusalResponse() says when to come again, where that is known", () => {
  const error = new ProxyError("rate_limited", "x", { retryAfterSeconds: 30 });
  const limited = read(refusalResponse(error, { connection: "keep" })).head;
  assert.equal(limited.status, 429);
  assert.equal(limited.fields.get("retry-after"), "30");
  const never = new ProxyError("rate_limited", "x");
  const forever = read(refusalResponse(never, { connection: "keep" })).head;
  assert.equal(forever.fields.has("retry-after"), false);
});

Deno.test("refusalResponse() to HEAD has the same head and no body", () => {
  const error = new ProxyError("dns_error", "Cannot resolve x");
  const whole = refusalResponse(error, { connection: "keep", method: "GET" });
  const { head, body } = read(refusalResponse(error, { connection: "keep", method: "HEAD" }));
  assert.equal(body.length, 0);
  assert.equal(head.fields.get("content-length"), String(read(whole).body.length));
});

Deno.test("refusalResponse() lets no text of the client's end the field or start another", () => {
  const hostile = 'a"\\b\r\nSet-Cookie: x=1\r\n\r\n<html>\0\x1b\u2028é😀';
  const error = new ProxyError("malformed_request", hostile);
  const response = refusalResponse(error, { connection: "close", rule: hostile });
  const { head, body } = read(response);
  assert.equal(head.fields.has("set-cookie"), false);
  assert.equal(
    head.fields.get("proxy-status"),
    'auth-proxy; error=http_request_error; details="a\\"\\\\b??Set-Cookie: x=1????<html>??????"',
  );
  assert.equal(head.fields.get("content-length"), String(body.length));
  const problem = JSON.parse(new TextDecoder().decode(body));
  assert.equal(problem.detail, hostile);
  assert.equal(problem.rule, hostile);
});

Deno.test("refusalResponse() never shows the cause", () => {
  const cause = new Error("ghp_REAL");
  const error = new ProxyError("internal_error", "x", { cause });
  const text = new TextDecoder().decode(refusalResponse(error, { connection: "close" }));
  assert.equal(text.includes("ghp_REAL"), false);
});

Deno.test("asProxyError() passes a ProxyError on and says nothing of anything else", () => {
  const known = new ProxyError("dns_error", "x");
  assert.equal(asProxyError(known), known);
  for (const thrown of [new TypeError("ghp_REAL"), "ghp_REAL", undefined, null, { a: 1 }]) {
    const error = asProxyError(thrown);
    assert.equal(error.kind, "internal_error");
    assert.equal(error.message.includes("ghp_REAL"), false);
    assert.equal(error.cause, thrown);
  }
});
