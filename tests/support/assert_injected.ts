import assert from "node:assert/strict";
import type { Upstream } from "./upstream.ts";

/**
 * Throws unless the upstream had requests and every one of them carried the field `name` exactly
 * once, with exactly `value`, and nothing that was meant for the proxy.
 */
export function assertInjected(
  upstream: Upstream,
  expected: { readonly name: string; readonly value: string },
): void {
  assert.ok(upstream.requests.length > 0, "The upstream saw no request");
  for (const request of upstream.requests) {
    const seen = `${request.method} ${request.target}`;
    assert.deepEqual(request.values(expected.name), [expected.value], seen);
    assert.deepEqual(request.values("proxy-authorization"), [], seen);
    assert.deepEqual(request.values("proxy-connection"), [], seen);
  }
}

/** Throws if any request of `upstream` held one of `secrets` anywhere in its head. */
export function assertNoCredential(upstream: Upstream, secrets: readonly string[]): void {
  const heads = JSON.stringify(upstream.requests.map(({ target, fields }) => ({ target, fields })));
  for (const secret of secrets) {
    assert.ok(!heads.includes(secret), `A credential reached ${upstream.address}: ${heads}`);
    const encoded = btoa(`x-access-token:${secret}`);
    assert.ok(!heads.includes(encoded), `A credential reached ${upstream.address}: ${heads}`);
  }
}
