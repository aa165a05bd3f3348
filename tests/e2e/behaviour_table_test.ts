/**
 * The contract: the README's table "Beside other proxies", one test for each row, named after it.
 * Each row is something that at least one widespread interception proxy gets wrong.
 */

import assert from "node:assert/strict";
import { assertInjected, assertNoCredential } from "../support/assert_injected.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { runClient } from "../support/clients.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { python, pythonModule, testWith } from "../support/tools.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import { echoWithTrailers, json, writeChunk } from "../support/upstream_scripts.ts";
import { within } from "../support/wait_until.ts";

const token = "ghp_real";
const secrets = { GITHUB_TOKEN: token };
const injected = { name: "authorization", value: `Bearer ${token}` };
const authority = "api.github.com:443";
const host = "Host: api.github.com\r\n";

interface World extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly proxy: ProxyProcess;
  /** TLS through the proxy to `target`; to api.github.com if not given. */
  tunnel(target?: string): Promise<RawClient>;
}

async function world(
  handler: Handler,
  options: { readonly authorities?: readonly string[]; readonly args?: readonly string[] } = {},
): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream(options.authorities ?? [authority], handler);
  const proxy = await lab.proxy({ secrets, args: options.args ?? [] });
  const ca = await Deno.readTextFile(proxy.caFile);
  const owned = stack.move();
  return {
    upstream,
    proxy,
    tunnel: async (target = authority) =>
      owned.use(await RawClient.tunnel(proxy.url, { target, ca })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const echoTarget: Handler = (exchange) => exchange.respond({ body: exchange.request.target });

Deno.test("upstream connections: 5 clients × 2 requests in turn share one", async () => {
  await using w = await world(echoTarget);
  const clients: RawClient[] = [];
  for (let index = 0; index < 5; index++) clients.push(await w.tunnel());
  for (const round of ["first", "second"]) {
    for (const [index, client] of clients.entries()) {
      const target = `/${index}/${round}`;
      assert.equal((await client.get(target, host)).body, target);
    }
  }
  assert.equal(w.upstream.requests.length, 10);
  assert.equal(w.upstream.acceptedConnections, 1);
  assertInjected(w.upstream, injected);
});

Deno.test("upstream connections: two hosts share none, though one server stands for both", async () => {
  const hosts = ["api.github.com", "uploads.github.com"];
  await using w = await world(echoTarget, { authorities: hosts.map((name) => `${name}:443`) });
  for (const round of [1, 2]) {
    for (const name of hosts) {
      const client = await w.tunnel(`${name}:443`);
      assert.equal((await client.get(`/${round}`, `Host: ${name}\r\n`)).status, 200);
    }
  }
  assert.deepEqual(w.upstream.requests.map(({ connection }) => connection), [0, 1, 0, 1]);
});

/** Prints the status of `GET /` at the host named last, as Python 3.13 verifies by default. */
const strictClient = `
import socket, ssl, sys
proxy, port, anchors, host = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.verify_flags |= ssl.VERIFY_X509_STRICT
context.load_verify_locations(cafile=anchors)
with socket.create_connection((proxy, int(port)), timeout=10) as plain:
    bracketed = f"[{host}]" if ":" in host else host
    plain.sendall(f"CONNECT {bracketed}:443 HTTP/1.1\\r\\nHost: {bracketed}:443\\r\\n\\r\\n".encode())
    answer = b""
    while not answer.endswith(b"\\r\\n\\r\\n"):
        octet = plain.recv(1)
        if not octet: sys.exit(f"The proxy closes after {answer}")
        answer += octet
    if b" 200 " not in answer: sys.exit(answer)
    with context.wrap_socket(plain, server_hostname=host) as secure:
        secure.sendall(f"GET / HTTP/1.1\\r\\nHost: {bracketed}\\r\\n\\r\\n".encode())
        print(secure.recv(4096).decode().split()[1])
`;

/** Throws unless a client that verifies strictly is served `host` through the proxy. */
async function assertStrictlyVerified(host: string, args: readonly string[] = []): Promise<void> {
  await using lab = await Lab.create();
  const shown = host.includes(":") ? `[${host}]:443` : `${host}:443`;
  const upstream = await lab.upstream([shown], json({}));
  const proxy = await lab.proxy({ secrets, args });
  const command = [python, "-c", strictClient, proxy.hostname, `${proxy.port}`, proxy.caFile, host];
  const output = await runClient(command, { proxy, dir: lab.dir, secrets: [token] });
  assert.equal(output.stdout, "200\n");
  assertInjected(upstream, injected);
}

testWith("leaf passes strict verification: of Python with VERIFY_X509_STRICT, for a name", {
  needs: [pythonModule("ssl")],
  fn: () => assertStrictlyVerified("api.github.com"),
});

for (const address of ["203.0.113.9", "2001:db8::9"]) {
  const shown = address.includes(":") ? `[${address}]` : address;
  const rule = ["--rule", `${shown},Authorization,GITHUB_TOKEN`];

  Deno.test(`https://IP-literal works: https://${shown}/ gets its credential`, async () => {
    await using w = await world(json({}), { authorities: [`${shown}:443`], args: rule });
    const client = await w.tunnel(`${shown}:443`);
    assert.equal((await client.get("/", `Host: ${shown}\r\n`)).status, 200);
    assertInjected(w.upstream, injected);
  });

  testWith(`https://IP-literal works: the leaf for ${address} passes strict verification`, {
    needs: [pythonModule("ssl")],
    fn: () => assertStrictlyVerified(address, rule),
  });
}

Deno.test("inner Host ≠ CONNECT target is routed by neither: 421, nothing is forwarded", async () => {
  await using lab = await Lab.create();
  const named = await lab.upstream([authority], echoTarget);
  const other = await lab.upstream(["evil.example:443", "github.com:443"], echoTarget);
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  // One without a rule, and one that has a rule of its own: its credential must not go here either.
  for (const name of ["evil.example", "github.com"]) {
    assertRefused(await client.get("/refused", `Host: ${name}\r\n`), { status: 421 });
  }
  assert.equal((await client.get("/agreed", host)).body, "/agreed");
  assert.deepEqual(named.requests.map(({ target }) => target), ["/agreed"]);
  assert.equal(other.acceptedConnections, 0);
});

const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n`;

const ambiguous = [
  {
    row: "CL + TE",
    request: `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `0\r\n\r\n${smuggled}`,
  },
  {
    row: "TE + CL",
    request: `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n` +
      `0\r\n\r\n${smuggled}`,
  },
  { row: "obs-fold", request: `GET / HTTP/1.1\r\n${host}X-Folded: a\r\n b\r\n\r\n${smuggled}` },
  { row: "obs-fold by a tab", request: `GET / HTTP/1.1\r\n${host}X-Folded: a\r\n\tb\r\n\r\n` },
  { row: "bare LF", request: `GET / HTTP/1.1\n${host}\r\n${smuggled}` },
  { row: "bare LF after a field", request: `GET / HTTP/1.1\r\n${host}X-Bare: a\n\r\n${smuggled}` },
  { row: "bare LF as the empty line", request: `GET / HTTP/1.1\r\n${host}\n${smuggled}` },
  { row: "duplicate Host", request: `GET / HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n` },
  { row: "duplicate Host of one value", request: `GET / HTTP/1.1\r\n${host}${host}\r\n` },
];

for (const { row, request } of ambiguous) {
  Deno.test(`${row}: 400, the connection ends, nothing is forwarded`, async () => {
    await using w = await world(json({}));
    const client = await w.tunnel();
    await client.send(request);
    const response = await client.receive({ method: "GET" });
    assertRefused(response, { status: 400, error: "http_request_error" });
    assert.deepEqual(response.values("connection"), ["close"]);
    await client.expectEnd();
    assert.equal(w.upstream.acceptedConnections, 0);
  });
}

Deno.test("drops fields named in Connection, but not the credential", async () => {
  await using w = await world(json({}));
  const client = await w.tunnel();
  const fields = "Connection: authorization, x-hop\r\nX-Hop: 1\r\nX-End: 2\r\n";
  assert.equal((await client.get("/", host + fields)).status, 200);
  assert.deepEqual(w.upstream.onlyRequest.fields, [
    ["Host", "api.github.com"],
    ["X-End", "2"],
    ["Authorization", injected.value],
  ]);
});

Deno.test("leaks Proxy-Authorization: never, wherever the client puts it", async () => {
  const agentToken = "a-token-for-this-test-0123456789";
  await using lab = await Lab.create();
  const decrypted = await lab.upstream([authority], json({}));
  const blind = await lab.upstream(["blind.example.com:443"], json({}));
  const clear = lab.plainUpstream(["plain.example.com:80"], json({}));
  const tokenFile = await lab.dir.write("agent.token", `${agentToken}\n`);
  const proxy = await lab.proxy({ secrets, args: ["--agent-token-file", tokenFile] });
  const ca = await Deno.readTextFile(proxy.caFile) + lab.root.pem;
  const connectFields = `Proxy-Authorization: Basic ${btoa(`agent:${agentToken}`)}\r\n`;

  for (const target of [authority, "blind.example.com:443"]) {
    using client = await RawClient.tunnel(proxy.url, { target, ca, connectFields });
    // In a tunnel that nobody decrypts this field would be between the client and the service.
    const inner = target === authority ? connectFields : "";
    const name = target.replace(":443", "");
    await client.send(
      `POST / HTTP/1.1\r\nHost: ${name}\r\n${inner}Transfer-Encoding: chunked\r\n\r\n` +
        `2\r\nhi\r\n0\r\n${inner}\r\n`,
    );
    assert.equal((await client.receive({ method: "POST" })).status, 200);
  }
  using client = await RawClient.connect(proxy.url);
  const fields = `Host: plain.example.com\r\n${connectFields}`;
  assert.equal((await client.get("http://plain.example.com/", fields)).status, 200);

  for (const upstream of [decrypted, blind, clear]) {
    const { fields, trailers } = upstream.onlyRequest;
    const names = [...fields, ...trailers].map(([name]) => name.toLowerCase());
    assert.ok(!names.includes("proxy-authorization"), names.join());
    assertNoCredential(upstream, [agentToken, btoa(`agent:${agentToken}`)]);
  }
});

Deno.test("duplicate client Authorization: ours takes the place of all of them", async () => {
  await using w = await world(json({}));
  const client = await w.tunnel();
  const fields = "Authorization: mine\r\nX-End: 1\r\nAUTHORIZATION: mine too\r\n";
  assert.equal((await client.get("/", host + fields)).status, 200);
  assertInjected(w.upstream, injected);
});

Deno.test("103 Early Hints: passed on when it comes, and the final response after it", async () => {
  const seen = Promise.withResolvers<void>();
  await using w = await world(async (exchange) => {
    await exchange.writeHead(103, { Link: "</style.css>; rel=preload" });
    await within(seen.promise, { what: "the client has the hints" });
    await exchange.respond({ body: "final" });
  });
  const client = await w.tunnel();
  const hints = await client.get("/", host);
  assert.equal(hints.status, 103);
  assert.equal(hints.value("link"), "</style.css>; rel=preload");
  seen.resolve();
  const response = await client.receive({ method: "GET" });
  assert.equal(response.status, 200);
  assert.equal(response.body, "final");
});

Deno.test("HTTP/1.1 trailers: kept, those of the request and those of the response", async () => {
  await using w = await world(echoWithTrailers);
  const client = await w.tunnel();
  await client.send(
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\nTE: trailers\r\n` +
      "Connection: TE\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n",
  );
  const response = await client.receive({ method: "POST" });
  assert.equal(response.body, "hello world");
  assert.deepEqual(response.values("trailer"), ["X-Length"]);
  assert.deepEqual(response.trailers, [["X-Length", "11"]]);
  const request = w.upstream.onlyRequest;
  assert.deepEqual(request.values("trailer"), ["X-Sum"]);
  assert.deepEqual(request.trailers, [["X-Sum", "11"]]);
  assert.equal(request.complete, true);
});

Deno.test("SSE incremental: no event waits for the next one", async () => {
  const seen = Array.from({ length: 10 }, () => Promise.withResolvers<void>());
  await using w = await world(async (exchange) => {
    await exchange.writeHead(200, {
      "Content-Type": "text/event-stream",
      "Transfer-Encoding": "chunked",
    });
    for (const [id, event] of seen.entries()) {
      await writeChunk(exchange, `data: ${id}\n\n`);
      await within(event.promise, { what: `the client has event ${id}` });
    }
    await exchange.write("0\r\n\r\n");
  });
  const client = await w.tunnel();
  await client.send(`GET /events HTTP/1.1\r\n${host}\r\n`);
  const head = await client.reader.readHead();
  assert.ok(head !== undefined);
  let text = "";
  for await (const bytes of client.reader.body(head.fields, { untilClose: false })) {
    text += new TextDecoder().decode(bytes);
    const events = text.split("\n\n").length - 1;
    for (const event of seen.slice(0, events)) event.resolve();
  }
  assert.equal(text, seen.map((_, id) => `data: ${id}\n\n`).join(""));
});
