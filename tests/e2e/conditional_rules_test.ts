/**
 * The contract: a credential goes on the requests that its rule is for and on no other, however a
 * server may read them; what was matched is what is forwarded, octet for octet.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { json } from "../support/upstream_scripts.ts";

const authority = "git.example.com:443";
const secrets = { ORG_A: "token-a", ORG_B: "token-b", OTHER: "token-c" };

const config = `
rules:
  - match: { host: git.example.com, path: "/orgA/**", methods: [GET, POST] }
    inject: { basic: { user: x, password: "\${ORG_A}" }, remove: [X-Extra] }
  - match: { host: git.example.com, path: "/orgB/**" }
    inject: { headers: { Authorization: "Bearer \${ORG_B}" } }
  - match: { host: git.example.com, path: "/only/ci" }
    inject: { headers: { Authorization: "Bearer \${OTHER}" } }
    agents: [ci]
  - match: { host: agents.example.com }
    inject: { headers: { Authorization: "Bearer \${OTHER}" } }
    agents: [ci]
`;

async function world() {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream([authority, "agents.example.com:443"], json({}));
  const file = await lab.dir.write("c.yaml", config);
  const proxy = await lab.proxy({ secrets, args: ["--config", file] });
  const client = stack.use(
    await RawClient.tunnel(proxy.url, {
      target: authority,
      ca: await Deno.readTextFile(proxy.caFile),
    }),
  );
  async function ask(line: string, fields = "") {
    const [method = ""] = line.split(" ");
    const length = method === "GET" ? "" : "Content-Length: 0\r\n";
    await client.send(`${line} HTTP/1.1\r\nHost: git.example.com\r\n${fields}${length}\r\n`);
    return await client.receive({ method });
  }
  const owned = stack.move();
  return { lab, upstream, proxy, ask, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const orgA = `Basic ${btoa("x:token-a")}`;
const orgB = "Bearer token-b";

const table: readonly (readonly [line: string, credential: string | undefined])[] = [
  ["GET /orgA/x.git/info/refs?service=git-upload-pack", orgA],
  ["POST /orgA/x.git/git-upload-pack", orgA],
  ["GET /orgA", orgA],
  ["GET /orgA/a%20b%2Fc", orgA],
  ["DELETE /orgA/x", undefined],
  ["HEAD /orgA/x", undefined],
  ["DELETE /orgB/x", orgB],
  ["GET /orgC/x", undefined],
  ["GET /", undefined],
  ["GET /orgAx", undefined],
  ["GET /orga/x", undefined],
  ["GET /orgA/../orgB/x", undefined],
  ["GET /orgA/%2e%2e/orgB/x", undefined],
  ["GET /orgA/..%2forgB/x", undefined],
  ["GET /orgA/%252e%252e/orgB/x", undefined],
  ["GET /orgA/..;/orgB/x", undefined],
  ["GET /orgA\\..\\orgB\\x", undefined],
  ["GET /%6frgA/x", undefined],
  ["GET //orgA/x", undefined],
  ["GET /orgA/x?_method=delete", undefined],
  ["GET https://git.example.com/orgB/x", orgB],
  ["GET /only/ci", undefined],
];

Deno.test("each request gets the credential of the rule that it is for, or none", async () => {
  await using t = await world();
  for (const [line, credential] of table) {
    const before = t.upstream.requests.length;
    assert.equal((await t.ask(line)).status, 200, line);
    const seen = t.upstream.requests[before];
    const expected = credential === undefined ? [] : [credential];
    assert.deepEqual(seen?.values("authorization"), expected, line);
    const target = line.split(" ")[1]?.replace("https://git.example.com", "");
    assert.equal(seen?.target, target, "what was matched is what is forwarded");
  }
});

Deno.test("the client's own credential goes only where no rule is chosen", async () => {
  await using t = await world();
  const own = "Authorization: Bearer mine\r\nX-Extra: 1\r\n";
  await t.ask("GET /orgA/x", own);
  await t.ask("GET /orgC/x", own);
  await t.ask("GET /orgB/x", own);
  const seen = t.upstream.requests.map((request) => [
    request.values("authorization").join(),
    request.values("x-extra").join(),
  ]);
  assert.deepEqual(seen, [[orgA, ""], ["Bearer mine", "1"], [orgB, "1"]]);
});

Deno.test("requests of different rules never share a connection upstream", async () => {
  await using t = await world();
  for (const path of ["/orgA/1", "/orgB/1", "/orgC/1", "/orgA/2", "/orgB/2", "/orgC/2"]) {
    assert.equal((await t.ask(`GET ${path}`)).status, 200);
  }
  const connections = t.upstream.requests.map(({ connection }) => connection);
  assert.equal(new Set(connections.slice(0, 3)).size, 3);
  assert.deepEqual(connections.slice(3), connections.slice(0, 3), "but each is used again");
});

Deno.test("a request whose path cannot be settled is refused where paths decide", async () => {
  await using t = await world();
  assertRefused(await t.ask("GET /orgA/%zz"), { status: 400 });
  assert.equal(t.upstream.requests.length, 0);
});

Deno.test("a host whose rules are for other agents is tunnelled unread, but never in clear", async () => {
  await using t = await world();
  // The upstream's own certificate comes through: nothing is decrypted.
  using client = await RawClient.tunnel(t.proxy.url, {
    target: "agents.example.com:443",
    ca: t.lab.root.pem,
  });
  assert.equal((await client.get("/", "Host: agents.example.com\r\n")).status, 200);
  assert.deepEqual(t.upstream.onlyRequest.values("authorization"), []);
  using clear = await RawClient.connect(t.proxy.url);
  const refused = await clear.get("http://agents.example.com/", "Host: agents.example.com\r\n");
  assertRefused(refused, { status: 403, error: "http_request_denied" });
});
