/**
 * The contract: over HTTP/2 a request is held to everything that it is held to over HTTP/1.1, whatever
 * the service speaks: one authority, one credential, the refusals, the redaction, the audit log.
 */

import assert from "node:assert/strict";
import { waitForAudit } from "../support/audit_lines.ts";
import { assertInjected } from "../support/assert_injected.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { runEnvironment } from "../support/client_variables.ts";
import { Http2Client } from "../support/http2_client.ts";
import { data, headers, type Line } from "../support/http2_frames.ts";
import type { PeerStream } from "../support/http2_peer.ts";
import type { Http2Upstream, StreamHandler } from "../support/http2_upstream.ts";
import { answerText } from "../support/http2_upstream.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import type { Upstream } from "../support/upstream.ts";
import { byPath, echoWithTrailers, json } from "../support/upstream_scripts.ts";

const token = "ghp_real_0123456789";
const secrets = { GITHUB_TOKEN: token };
const target = "api.github.com:443";

interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly proxy: ProxyProcess;
  readonly client: Http2Client;
}

async function enter(lab: Lab, args: readonly string[] = []): Promise<World> {
  const proxy = await lab.proxy({ secrets, args });
  const ca = await Deno.readTextFile(proxy.caFile);
  const client = await Http2Client.tunnel(proxy.url, { target, ca });
  return {
    ...{ lab, proxy, client },
    [Symbol.asyncDispose]: async () => {
      client.close();
      await lab[Symbol.asyncDispose]();
    },
  };
}

/** A service that speaks HTTP/1.1 alone. */
async function beforeHttp1(
  handler = json({}),
  args: readonly string[] = [],
): Promise<World & { upstream: Upstream }> {
  const lab = await Lab.create();
  const upstream = await lab.upstream([target], handler);
  const world = await enter(lab, args);
  return { ...world, upstream };
}

/** A service that speaks HTTP/2 alone. */
async function beforeHttp2(
  handler: StreamHandler,
  args: readonly string[] = [],
): Promise<World & { upstream: Http2Upstream }> {
  const lab = await Lab.create();
  const upstream = await lab.http2Upstream([target], handler);
  const world = await enter(lab, args);
  return { ...world, upstream };
}

/** The answer in the form that all refusals are looked at in. */
function answer(stream: PeerStream): Parameters<typeof assertRefused>[0] {
  const status = Number(stream.value(":status"));
  return {
    status,
    fields: stream.head ?? [],
    body: stream.body,
    trailers: stream.trailers,
    value: (name) => stream.value(name),
    values: (name) => stream.values(name),
  };
}

Deno.test("a service of HTTP/1.1 gets the credential once, and nothing of the client's own", async () => {
  await using t = await beforeHttp1();
  const stream = await t.client.get("/user?access_token=mine&q=1", [
    ["authorization", "Bearer mine"],
    ["authorization", "token mine-too"],
    ["private-token", "mine"],
    ["proxy-authorization", "Basic bWluZQ=="],
    ["accept", "*/*"],
    ["cookie", "a=1"],
    ["cookie", "b=2"],
    ["te", "trailers"],
  ]);
  assert.equal(stream.value(":status"), "200", stream.body);
  assertInjected(t.upstream, { name: "authorization", value: `Bearer ${token}` });
  const request = t.upstream.onlyRequest;
  assert.deepEqual(request.values("host"), ["api.github.com"]);
  // A cookie is a carrier of this service's.
  assert.deepEqual(request.values("cookie"), []);
  const [line] = await waitForAudit(t.proxy, { kind: "exchange", count: 1 });
  assert.equal(line?.status, 200);
});

Deno.test("a service of HTTP/2 gets the credential once, and nothing of the client's own", async () => {
  await using t = await beforeHttp2(answerText("hello"));
  const stream = await t.client.get("/user", [
    ["authorization", "Bearer mine"],
    ["Authorization".toLowerCase(), "token mine-too"],
    ["proxy-authorization", "Basic bWluZQ=="],
    ["te", "trailers"],
    ["x-note", "kept"],
  ]);
  assert.equal(stream.body, "hello");
  const [seen, ...more] = t.upstream.streams;
  assert.deepEqual(more, []);
  assert.deepEqual(seen?.values("authorization"), [`Bearer ${token}`]);
  assert.deepEqual(seen?.values(":authority"), ["api.github.com"]);
  assert.deepEqual(seen?.values(":scheme"), ["https"]);
  assert.deepEqual(seen?.values("host"), []);
  assert.deepEqual(seen?.values("te"), ["trailers"]);
  assert.deepEqual(seen?.values("x-note"), ["kept"]);
  for (const name of ["proxy-authorization", "connection", "transfer-encoding"]) {
    assert.deepEqual(seen?.values(name), [], name);
  }
  const [line] = await waitForAudit(t.proxy, { kind: "exchange", count: 1 });
  assert.equal(line?.alpn, "h2");
});

Deno.test("a client of HTTP/1.1 reaches a service that speaks HTTP/2 alone", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.http2Upstream([target], answerText("hello"));
  const proxy = await lab.proxy({ secrets });
  using client = await RawClient.tunnel(proxy.url, {
    target,
    ca: await Deno.readTextFile(proxy.caFile),
  });
  for (let turn = 0; turn < 3; turn++) {
    const response = await client.get("/", "Host: api.github.com\r\nConnection: keep-alive\r\n");
    assert.deepEqual([response.status, response.body], [200, "hello"]);
  }
  assert.equal(upstream.peers.length, 1);
  for (const stream of upstream.streams) {
    assert.deepEqual(stream.values("authorization"), [`Bearer ${token}`]);
    assert.deepEqual(stream.values("connection"), []);
  }
});

Deno.test("every stream is held to the tunnel's authority: 421, and nothing is forwarded", async () => {
  await using t = await beforeHttp1();
  const others = [
    "evil.com",
    "api.github.com.evil.com",
    "api.github.com:444",
    "uploads.github.com",
    "127.0.0.1",
  ];
  for (const authority of others) {
    const lines: Line[] = [
      [":method", "GET"],
      [":scheme", "https"],
      [":authority", authority],
      [":path", "/"],
    ];
    assertRefused(answer(await t.client.over(await t.client.request(lines))), { status: 421 });
    const [method, scheme, , path] = lines;
    const byHost: Line[] = [method, scheme, path, ["host", authority]].flatMap((line) =>
      line === undefined ? [] : [line as Line]
    );
    assertRefused(answer(await t.client.over(await t.client.request(byHost))), { status: 421 });
  }
  assert.equal(t.upstream.requests.length, 0);
  for (const authority of ["api.github.com", "API.GITHUB.COM", "api.github.com:443"]) {
    const lines = t.client.lines("GET", "/").map(([name, value]): Line => [
      name,
      name === ":authority" ? authority : value,
    ]);
    const stream = await t.client.over(await t.client.request(lines));
    assert.equal(stream.value(":status"), "200", authority);
  }
});

Deno.test("what is malformed is refused on its stream, and nothing of it is forwarded", async () => {
  await using t = await beforeHttp1();
  const { client } = t;
  const get = client.lines("GET", "/");
  const malformed: (readonly Line[])[] = [
    [[":method", "CONNECT"], [":authority", "api.github.com"]],
    [[":method", "CONNECT"], [":protocol", "websocket"], ...get.slice(1)],
    [...get, [":protocol", "websocket"]],
    [...get, ["transfer-encoding", "chunked"]],
    [...get, ["content-length", "3"]],
    [...get, ["connection", "authorization"]],
    [...get, ["upgrade", "h2c"]],
    [...get, ["x", "y\r\nx-injected: 1"]],
    [...get, ["x\r\nx-injected: 1\r\ny", "z"]],
    client.lines("GET", "/ HTTP/1.1\r\nx-injected: 1\r\n\r\nGET /x"),
    client.lines("GET / HTTP/1.1\r\nx-injected: 1\r\n\r\nGET", "/"),
    client.lines("GET", "/#x"),
    client.lines("GET", "*"),
    [...get.slice(0, 2), [":authority", "user@api.github.com"], [":path", "/"]],
    [...get.slice(0, 2), [":authority", "api.github.com/x"], [":path", "/"]],
    [...get.slice(0, 2), [":authority", "api.github.com evil"], [":path", "/"]],
    [...get.slice(0, 2), [":authority", ""], [":path", "/"]],
    [...get, ["host", "evil.com"]],
    [...get, ["Authorization", "mine"]],
    get.slice(0, 3),
  ];
  for (const lines of malformed) {
    const stream = await client.over(await client.request(lines));
    assertRefused(answer(stream), { status: 400 });
  }
  assertRefused(answer(await client.get("/x", [["x", "y".repeat(70_000)]])), { status: 431 });
  const many = Array.from({ length: 300 }, (_, at): Line => [`x-${at}`, "y"]);
  assertRefused(answer(await client.get("/x", many)), { status: 431 });
  assertRefused(answer(await client.over(await client.request(client.lines("TRACE", "/")))), {
    status: 403,
  });
  assert.equal(t.upstream.receivedBytes, 0);
  assert.equal((await client.get("/")).value(":status"), "200");
});

Deno.test("a credential does not come back: not in the head, the body, the trailers", async () => {
  const half = token.length / 2;
  await using t = await beforeHttp2(async (stream, peer) => {
    await peer.send(
      headers(stream.id, [[":status", "200"], ["x-echo", token], ["x-auth", btoa(token)]]),
      data(stream.id, `a ${token.slice(0, half)}`),
      data(stream.id, `${token.slice(half)} b`),
      headers(stream.id, [["x-trailer", token]], { end: true }),
    );
  });
  const stream = await t.client.get("/");
  assert.equal(stream.value(":status"), "200");
  const seen = JSON.stringify([stream.sections, stream.body]);
  assert.ok(!seen.includes(token) && !seen.includes(btoa(token)), seen);
  assert.match(stream.body, /^a .+ b$/);
  assert.equal(stream.trailers[0]?.[0], "x-trailer");
});

Deno.test("an endpoint that gives out credentials is denied", async () => {
  await using t = await beforeHttp1();
  const { client } = t;
  const id = await client.request(client.lines("POST", "/repos/o/r/keys"), { body: "{}" });
  assertRefused(answer(await client.over(id)), { status: 403 });
  assert.equal(t.upstream.receivedBytes, 0);
});

Deno.test("a placeholder that is taken away from home raises an alarm", async () => {
  await using lab = await Lab.create();
  await lab.upstream([target], json({}));
  const proxy = await lab.proxy({
    secrets: { ...secrets, SENTRY_AUTH_TOKEN: "sntry-real-01234567" },
  });
  const { SENTRY_AUTH_TOKEN: stray } = await runEnvironment(proxy, ["SENTRY_AUTH_TOKEN"]);
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await Http2Client.tunnel(proxy.url, { target, ca });
  await client.get("/", [["x-note", stray]]);
  const [alarm, ...others] = await waitForAudit(proxy, { kind: "alarm", count: 1 });
  assert.deepEqual(alarm?.canary, ["SENTRY_AUTH_TOKEN"]);
  assert.deepEqual(others, []);
});

Deno.test("a rate limit holds for streams, and its refusal is gRPC's where gRPC is spoken", async () => {
  const lab = await Lab.create();
  const upstream = await lab.upstream([target], json({}));
  const file = await lab.dir.write(
    "auth-proxy.yaml",
    "rate_limits: [{ rule: github, requests: 2/h }]",
  );
  await using t = await enter(lab, ["--config", file]);
  for (let n = 0; n < 2; n++) assert.equal((await t.client.get("/")).value(":status"), "200");
  const refused = await t.client.get("/");
  assertRefused(answer(refused), { status: 429, error: "http_request_denied" });
  assert.ok(Number(refused.value("retry-after")) > 1000);
  const lines = t.client.lines("POST", "/pkg.Service/Call", [
    ["content-type", "application/grpc+proto"],
    ["te", "trailers"],
  ]);
  const grpc = await t.client.over(await t.client.request(lines, { body: "\0\0\0\0\0" }));
  assert.equal(grpc.sections.length, 1, "Trailers-Only");
  assert.deepEqual([grpc.value(":status"), grpc.value("grpc-status"), grpc.body], ["200", "8", ""]);
  assert.match(grpc.value("proxy-status") ?? "", /error=/);
  assert.match(grpc.value("grpc-message") ?? "", /^auth-proxy: /);
  assert.equal(upstream.requests.length, 2);
});

Deno.test("what the egress policy denies is refused on its stream", async () => {
  const lab = await Lab.create();
  const upstream = await lab.upstream([target], json({}));
  const file = await lab.dir.write(
    "auth-proxy.yaml",
    "egress: { deny: [{ host: api.github.com, methods: [DELETE] }] }",
  );
  await using t = await enter(lab, ["--config", file]);
  assert.equal((await t.client.get("/")).value(":status"), "200");
  const id = await t.client.request(t.client.lines("DELETE", "/"));
  assertRefused(answer(await t.client.over(id)), { status: 403 });
  assert.equal(upstream.requests.length, 1);
});

Deno.test("content and trailers pass both ways, whatever the service speaks", async () => {
  await using h1 = await beforeHttp1(byPath({ "/echo": echoWithTrailers }));
  await using h2 = await beforeHttp2(async (stream, peer) => {
    while (!stream.ended) await new Promise((resolve) => setTimeout(resolve, 5));
    await peer.send(
      headers(stream.id, [[":status", "200"]]),
      data(stream.id, stream.body),
      headers(stream.id, [["x-length", String(stream.body.length)], ...stream.trailers], {
        end: true,
      }),
    );
  });
  for (const { client } of [h1, h2]) {
    const lines = client.lines("POST", "/echo", [["te", "trailers"]]);
    const id = await client.request(lines, { body: "hello", trailers: [["x-sum", "1"]] });
    const stream = await client.over(id);
    assert.equal(stream.body, "hello");
    const trailers = stream.trailers.map(([name, value]) => `${name}: ${value}`.toLowerCase());
    assert.ok(trailers.includes("x-length: 5"), String(trailers));
  }
  assert.deepEqual(h1.upstream.onlyRequest.trailers, [["x-sum", "1"]]);
  assert.deepEqual(h2.upstream.streams[0]?.trailers, [["x-sum", "1"]]);
});

Deno.test("interim responses pass, and content that waits for 100 (Continue) does", async () => {
  await using t = await beforeHttp2(async (stream, peer) => {
    await peer.send(headers(stream.id, [[":status", "103"], ["link", "</x>"]]));
    await peer.send(headers(stream.id, [[":status", "100"]]));
    while (!stream.ended) await new Promise((resolve) => setTimeout(resolve, 5));
    await peer.send(headers(stream.id, [[":status", "204"]], { end: true }));
  });
  const { client } = t;
  const lines = client.lines("POST", "/", [["expect", "100-continue"], ["content-length", "2"]]);
  const id = await client.request(lines, { end: false });
  const stream = client.stream(id);
  while (stream.sections.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await client.send(data(id, "{}", { end: true }));
  await client.over(id);
  assert.deepEqual(stream.sections.map(([status]) => status?.[1]), ["103", "100", "204"]);
});
