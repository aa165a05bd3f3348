import assert from "node:assert/strict";
import type { ClientResponse } from "./proxy_client.ts";

/**
 * Throws unless `response` is a refusal of the proxy's own: this status, a `Proxy-Status` (RFC 9209)
 * with this error type if one is given, and a problem body (RFC 9457) that says the same status.
 */
export function assertRefused(
  response: ClientResponse,
  expected: { readonly status: number; readonly error?: string },
): void {
  assert.equal(response.status, expected.status, response.body);
  const proxyStatus = response.value("proxy-status") ?? "";
  assert.match(proxyStatus, /;\s*error=[a-z_]+/, `Proxy-Status is ${JSON.stringify(proxyStatus)}`);
  if (expected.error !== undefined) {
    assert.match(proxyStatus, new RegExp(`;\\s*error=${expected.error}\\b`));
  }
  assert.match(response.value("content-type") ?? "", /^application\/problem\+json\b/);
  assert.equal(JSON.parse(response.body).status, expected.status);
}
