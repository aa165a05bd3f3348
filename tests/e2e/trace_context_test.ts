/**
 * The contract: the proxy makes no traces and takes no part in its clients' (W3C Trace Context): what a
 * client says of its trace reaches the service as it is, and nothing is added where it says nothing.
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { json } from "../support/upstream_scripts.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Deno.test("traceparent and tracestate pass as they are, and are not made up", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(["api.github.com:443"], json({}));
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: "ghp_real_0123456789" },
    env: { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
  const host = "Host: api.github.com\r\n";
  const fields = `traceparent: ${traceparent}\r\ntracestate: a=1\r\ntracestate: b=2\r\n`;
  assert.equal((await client.get("/", host + fields)).status, 200);
  assert.equal((await client.get("/", host)).status, 200);
  const names = ["traceparent", "tracestate"];
  assert.deepEqual(
    upstream.requests.map((request) => names.map((name) => request.values(name))),
    [[[traceparent], ["a=1", "b=2"]], [[], []]],
  );
});
