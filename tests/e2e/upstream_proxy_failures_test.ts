/**
 * The contract: a proxy in between that fails, refuses or misbehaves is a refusal of ours that names it
 * and says how to mend it; nothing that it says comes back, and no service is asked past it.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { ConnectProxy } from "../support/connect_proxy.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";

const password = "password-of-the-hop";
const token = "ghp_realCredentialOfTheHost0123456789";

interface Failure {
  readonly answer: string;
  readonly status: 502 | 504;
  readonly error: string;
  readonly says: RegExp;
}

const failures: Readonly<Record<string, Failure>> = {
  "demands another login": {
    answer: `HTTP/1.1 407 No\r\nX-Echo: ${password}\r\nContent-Length: 5\r\n\r\nhello`,
    status: 502,
    error: "destination_unavailable",
    says: /does not accept our user and password \(407\): correct HTTPS_PROXY/,
  },
  "does not allow it": {
    answer: "HTTP/1.1 403 Forbidden\r\nContent-Length: 0",
    status: 502,
    error: "destination_unavailable",
    says: /its own policy does not allow it \(403\)/,
  },
  "cannot reach the destination": {
    answer: "HTTP/1.1 503 Unavailable\r\nContent-Length: 0",
    status: 502,
    error: "destination_unavailable",
    says: /it cannot reach the destination \(503\)/,
  },
  "has no answer from the destination": {
    answer: "HTTP/1.1 504 Timeout\r\nContent-Length: 0",
    status: 504,
    error: "connection_timeout",
    says: /it had no answer in time \(504\)/,
  },
  "answers with a page": {
    answer: "HTTP/1.1 302 Found\r\nLocation: http://login.example/",
    status: 502,
    error: "destination_unavailable",
    says: /it answered CONNECT with 302/,
  },
  "does not speak HTTP": {
    answer: "SSH-2.0-hop",
    status: 502,
    error: "destination_unavailable",
    says: /opens no tunnel: /,
  },
  "sends a head without end": {
    answer: `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`,
    status: 502,
    error: "destination_unavailable",
    says: /opens no tunnel: /,
  },
  "says nothing": {
    answer: "hang",
    status: 504,
    error: "connection_timeout",
    says: /did not answer in time/,
  },
};

Deno.test("a proxy in between that fails is named, on both kinds of legs", async (t) => {
  await using lab = await Lab.create();
  const failing = new ConnectProxy({ to: "127.0.0.1:1" });
  await using stack = new AsyncDisposableStack();
  stack.use(failing);
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: token },
    env: { DENO_NO_UPDATE_CHECK: "1", HTTPS_PROXY: `http://me:${password}@${failing.address}` },
    args: ["--limit", "connect-timeout=500ms"],
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  for (const [what, { answer, status, error, says }] of Object.entries(failures)) {
    await t.step(`one that ${what}`, async () => {
      failing.answer = answer;
      using decrypted = await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
      const refused = await decrypted.get("/", "Host: api.github.com\r\n");
      using blind = await RawClient.connect(proxy.url);
      await blind.send("CONNECT blind.example:443 HTTP/1.1\r\nHost: blind.example:443\r\n\r\n");
      const closed = await blind.receive({ method: "GET" });
      for (const response of [refused, closed]) {
        assertRefused(response, { status, error });
        assert.match(response.body, says);
        assert.match(response.body, /The proxy http:\/\/127\.0\.0\.1:\d+ /);
        assert.ok(!response.body.includes(password));
      }
    });
  }
  await t.step("one that is not there", async () => {
    await stack.disposeAsync();
    using client = await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
    const refused = await client.get("/", "Host: api.github.com\r\n");
    assertRefused(refused, { status: 502, error: "connection_refused" });
    assert.match(refused.body, /The proxy http:\/\/127\.0\.0\.1:\d+ cannot be reached: /);
  });
  assert.ok(!proxy.stderr.includes(password));
});

const refusedStarts: Readonly<Record<string, { args?: string[]; env?: Record<string, string> }>> = {
  "HTTPS_PROXY: Cannot go through http://localhost:18080: that is a listener of this proxy": {
    args: ["--listen", "127.0.0.1:18080"],
    env: { HTTPS_PROXY: "http://localhost:18080" },
  },
  "http_proxy: Cannot go through http://127.0.0.1:18081: that is a listener of this proxy": {
    args: ["--admin", "127.0.0.1:18081"],
    env: { http_proxy: "127.0.0.1:18081" },
  },
  "--upstream-proxy: Cannot log in to http://p.example:1: NOWHERE is not set": {
    args: ["--upstream-proxy", "http://me:${NOWHERE}@p.example:1"],
  },
  "--upstream-proxy: Cannot go through this proxy: write the password as ${NAME}": {
    args: ["--upstream-proxy", "http://me:hunter2@p.example:1"],
  },
};

Deno.test("a proxy that cannot be meant does not start", async (t) => {
  await using dir = await TempDir.create();
  for (const [message, { args = [], env = {} }] of Object.entries(refusedStarts)) {
    await t.step(message, async () => {
      const { code, stderr } = await runProxyToExit([
        ...["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ca-dir", dir.join("ca")],
        ...args,
      ], { dir, env: { DENO_NO_UPDATE_CHECK: "1", ...env } });
      assert.equal(code, 2, stderr);
      assert.ok(stderr.includes(message), stderr);
      assert.ok(!stderr.includes("hunter2"));
    });
  }
});
