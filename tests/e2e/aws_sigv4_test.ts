/**
 * The contract: what a client signed with a placeholder reaches AWS with a signature by the rule's key
 * over what is really sent, as botocore computes it; what cannot be signed is refused with the reason,
 * and nothing of it is sent.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { assertRefused } from "../support/assert_refused.ts";
import { signWithBotocore } from "../support/aws/sign_with_botocore.ts";
import { runClient } from "../support/clients.ts";
import { Http2Client } from "../support/http2_client.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { python, pythonModule, testWith } from "../support/tools.ts";
import type { Upstream } from "../support/upstream.ts";
import type { RecordedRequest } from "../support/upstream_exchange.ts";

const s3 = "bucket.s3.eu-west-1.amazonaws.com";
const dynamodb = "dynamodb.eu-west-1.amazonaws.com";
const store = "store.example.com";
const secrets = {
  AWS_ACCESS_KEY_ID: "AKIAREALREALREALREAL",
  AWS_SECRET_ACCESS_KEY: "real/secret+access/key/0123456789abcdefgh",
  AWS_SESSION_TOKEN: "real-session-token-0123456789",
};

const keys = 'access_key_id: "${AWS_ACCESS_KEY_ID}", secret_access_key: "${AWS_SECRET_ACCESS_KEY}"';
const config = `
rules:
  - match: { host: "*.s3.eu-west-1.amazonaws.com" }
    unless: { query: [X-Amz-Left-Alone] }
    inject: { aws_sigv4: { ${keys}, session_token: "\${AWS_SESSION_TOKEN}" } }
  - match: { host: ${dynamodb} }
    inject: { aws_sigv4: { ${keys} } }
  - match: { host: ${store} }
    inject: { aws_sigv4: { ${keys} } }
`;

interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
  readonly proxy: ProxyProcess;
  /** What was received, by request. */
  readonly contents: string[];
  connect(host: string): Promise<RawClient>;
}

async function world(args: readonly string[] = []): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const contents: string[] = [];
  const upstream = await lab.upstream(
    [s3, dynamodb, store].map((host) => `${host}:443`),
    async (exchange) => {
      const expects = exchange.request.values("expect").length > 0;
      if (expects) await exchange.write("HTTP/1.1 100 Continue\r\n\r\n");
      const text = await exchange.bodyText();
      contents.push(text);
      if (exchange.request.target.startsWith("/echo")) {
        return await exchange.respond({ body: Object.values(secrets).join(" ") });
      }
      const isPut = exchange.request.method === "PUT";
      const isTable = exchange.request.values("x-amz-target").length > 0;
      await exchange.respond({ body: isTable ? '{"TableNames":["t"]}' : isPut ? "" : "object" });
    },
  );
  const file = await lab.dir.write("c.yaml", config);
  const proxy = await lab.proxy({ secrets, args: ["--config", file, ...args] });
  const ca = await Deno.readTextFile(proxy.caFile);
  const owned = stack.move();
  return {
    lab,
    upstream,
    proxy,
    contents,
    connect: async (host) =>
      owned.use(await RawClient.tunnel(proxy.url, { target: `${host}:443`, ca })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function only(request: RecordedRequest, name: string): string {
  const values = request.values(name);
  assert.equal(values.length, 1, `${name}: ${values.join(" | ")}`);
  return values[0] ?? "";
}

/** Signs what came with the real key, as the service would, and compares. */
async function assertSigned(request: RecordedRequest, content: string): Promise<void> {
  const authorization = only(request, "authorization");
  const [, scope = "", names = ""] =
    /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), /.exec(authorization) ?? [];
  const [id = "", , region = "", service = ""] = scope.split("/");
  assert.equal(id, secrets.AWS_ACCESS_KEY_ID);
  const signed = names.split(";");
  for (const [name] of request.fields) {
    const key = name.toLowerCase();
    if (key.startsWith("x-amz-") || key === "content-type" || key === "host") {
      assert.ok(signed.includes(key), `${name} is not signed`);
    }
  }
  const hash = only(request, "x-amz-content-sha256");
  if (/^[0-9a-f]{64}$/.test(hash)) {
    assert.equal(hash, createHash("sha256").update(content).digest("hex"));
  }
  const date = only(request, "x-amz-date");
  const [year = "", month = ""] = [date.slice(0, 4), date.slice(4, 6)];
  const now = new Date();
  assert.ok(Math.abs(Date.UTC(+year, +month - 1) - now.getTime()) < 40 * 24 * 3_600_000, date);
  const [theirs] = await signWithBotocore([{
    access_key_id: secrets.AWS_ACCESS_KEY_ID,
    secret_access_key: secrets.AWS_SECRET_ACCESS_KEY,
    region,
    service,
    date,
    method: request.method,
    url: `https://${only(request, "host")}${request.target}`,
    headers: Object.fromEntries(signed.map((name) => [name, request.values(name).join(",")])),
    payload_hash: hash,
  }]);
  assert.equal(authorization, theirs);
}

function placeholderFor(scope: string): string {
  return `Authorization: AWS4-HMAC-SHA256 Credential=placeholder/20260101/${scope}/aws4_request, ` +
    "SignedHeaders=host, Signature=00\r\nX-Amz-Date: 20260101T000000Z\r\n";
}

const needs = [pythonModule("botocore")];

testWith("aws_sigv4 signs what is sent, whatever the client brings", {
  needs,
  fn: async () => {
    await using at = await world();
    const bucket = await at.connect(s3);
    const mine = "X-Amz-Security-Token: mine\r\nx_amz_security_token: mine\r\n" +
      "X-Amz-Meta-A:  a   b \r\nX-Amz-Meta-B: gone\r\nConnection: x-amz-meta-b, authorization\r\n";
    const targets = [
      "/a%20b/%C3%A9%281%29//c/../d?list-type=2&prefix=a%2Fb&acl",
      "/",
      "/?b=2&a=1&a=0",
    ];
    for (const target of targets) {
      const fields = `Host: ${s3}\r\n${placeholderFor("eu-west-1/s3")}${mine}`;
      const { status, body } = await bucket.get(target, fields);
      assert.equal(status, 200, body);
      const request = at.upstream.requests.at(-1);
      assert.ok(request);
      assert.equal(request.target, target);
      assert.equal(only(request, "x-amz-security-token"), secrets.AWS_SESSION_TOKEN);
      assert.equal(only(request, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
      assert.deepEqual(request.values("x_amz_security_token"), []);
      assert.deepEqual(request.values("x-amz-meta-b"), []);
      await assertSigned(request, "");
    }
  },
});

testWith("aws_sigv4 hashes content that has no hash, of either framing, and sends it", {
  needs,
  fn: async () => {
    await using at = await world();
    const client = await at.connect(dynamodb);
    const head = `POST / HTTP/1.1\r\nHost: ${dynamodb}\r\nContent-Type: application/json\r\n`;
    const bodies = [
      "Content-Length: 11\r\n\r\nhello world",
      "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n",
    ];
    for (const rest of bodies) {
      await client.send(head + rest.slice(0, -3));
      await client.send(rest.slice(-3));
      const { status, body } = await client.receive({ method: "POST" });
      assert.equal(status, 200, body);
      assert.equal(at.contents.at(-1), "hello world");
      const request = at.upstream.requests.at(-1);
      assert.ok(request);
      await assertSigned(request, "hello world");
    }
  },
});

testWith("aws_sigv4 works for HTTP/2", {
  needs,
  fn: async () => {
    await using at = await world();
    const ca = await Deno.readTextFile(at.proxy.caFile);
    await using client = await Http2Client.tunnel(at.proxy.url, { target: `${dynamodb}:443`, ca });
    const id = await client.request(client.lines("POST", "/", [["x-amz-target", "T"]]), {
      body: "hello",
    });
    await client.over(id);
    assert.equal(at.contents.at(-1), "hello");
    await assertSigned(at.upstream.onlyRequest, "hello");
  },
});

testWith("aws_sigv4 serves boto3 with a placeholder for a key", {
  needs: [pythonModule("boto3")],
  fn: async () => {
    await using at = await world();
    const { stdout } = await runClient(
      [python, fileURLToPath(new URL("../support/aws/client.py", import.meta.url))],
      {
        proxy: at.proxy,
        dir: at.lab.dir,
        secrets: Object.values(secrets),
        env: {
          AWS_ACCESS_KEY_ID: "placeholder",
          AWS_SECRET_ACCESS_KEY: "placeholder",
          AWS_CA_BUNDLE: at.proxy.caFile,
          AWS_EC2_METADATA_DISABLED: "true",
        },
      },
    );
    assert.equal(stdout, "put\ngot object\ntables ['t']\n");
    assert.equal(at.upstream.requests.length, 3);
    for (const [index, request] of at.upstream.requests.entries()) {
      await assertSigned(request, at.contents[index] ?? "");
    }
  },
});

Deno.test("aws_sigv4 refuses what cannot be signed, and sends nothing of it", async () => {
  await using at = await world(["--limit", "sign-buffer=1KiB"]);
  const streaming = "X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n";
  const length = "Content-Length: 2000\r\n";
  const chunked = `Transfer-Encoding: chunked\r\n\r\n7d0\r\n${"x".repeat(2000)}\r\n0\r\n`;
  const table: readonly (readonly [
    host: string,
    line: string,
    fields: string,
    status: number,
    reason: RegExp,
  ])[] = [
    [s3, "GET /?X-Amz-Signature=00", "", 400, /presigned URL/],
    [s3, "GET /?a=1&X%2DAmz-Credential=00", "", 400, /presigned URL/],
    [s3, "GET /?AWSAccessKeyId=00", "", 400, /presigned URL/],
    [s3, "PUT /x", streaming, 400, /payload_signing_enabled/],
    [s3, "PUT /x", "X-Amz-Content-Sha256: abc\r\n", 400, /64 hexadecimal digits/],
    [
      s3,
      "PUT /x",
      `${"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\n".repeat(2)}`,
      400,
      /more than one/,
    ],
    [store, "GET /", "", 400, /Neither the rule/],
    [dynamodb, "POST /", length, 413, /sign-buffer/],
    [dynamodb, "POST /", chunked, 413, /sign-buffer/],
  ];
  for (const [host, line, fields, status, reason] of table) {
    const client = await at.connect(host);
    await client.send(`${line} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`);
    const response = await client.receive({ method: "GET" });
    assertRefused(response, { status, error: "http_request_error" });
    assert.match(response.body, reason, line);
  }
  assert.equal(at.upstream.requests.length, 0);
});

Deno.test("aws_sigv4 sends nothing of a request whose content is cut short", async () => {
  await using at = await world();
  const client = await at.connect(dynamodb);
  await client.send(`POST / HTTP/1.1\r\nHost: ${dynamodb}\r\nContent-Length: 10\r\n\r\nhello`);
  client.close();
  const other = await at.connect(dynamodb);
  assert.equal((await other.get("/", `Host: ${dynamodb}\r\n`)).status, 200);
  assert.equal(at.upstream.requests.length, 1);
});

Deno.test("aws_sigv4 signs for the client's scope where the host does not tell", async () => {
  await using at = await world();
  const client = await at.connect(store);
  const fields = `Host: ${store}\r\n${placeholderFor("eu-central-1/s3")}`;
  assert.equal((await client.get("/", fields)).status, 200);
  assert.match(only(at.upstream.onlyRequest, "authorization"), /\/eu-central-1\/s3\/aws4_request/);
});

Deno.test("aws_sigv4 answers Expect: 100-continue itself where content is held", async () => {
  await using at = await world();
  const client = await at.connect(dynamodb);
  await client.send(
    `POST / HTTP/1.1\r\nHost: ${dynamodb}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
  );
  const interim = await client.reader.readSome();
  assert.match(new TextDecoder().decode(interim), /^HTTP\/1\.1 100 /);
  await client.send("hello");
  assert.equal((await client.receive({ method: "POST" })).status, 200);
  assert.deepEqual(at.contents, ["hello"]);
});

Deno.test("aws_sigv4 leaves alone what unless: names, with no credential of ours", async () => {
  await using at = await world();
  const client = await at.connect(s3);
  const target = "/x?X-Amz-Left-Alone=1&X-Amz-Signature=00";
  assert.equal((await client.get(target, `Host: ${s3}\r\n`)).status, 200);
  assert.equal(at.upstream.onlyRequest.target, target);
  assert.deepEqual(at.upstream.onlyRequest.values("authorization"), []);
  assert.deepEqual(at.upstream.onlyRequest.values("x-amz-security-token"), []);
});

Deno.test("aws_sigv4: key and token do not come back, nor stand anywhere; the key's id may", async () => {
  await using at = await world();
  const client = await at.connect(s3);
  const { body } = await client.get("/echo", `Host: ${s3}\r\n`);
  const rules = await (await fetch(`${at.proxy.adminUrl}/admin/rules`)).text();
  for (const text of [body, rules, at.proxy.stderr, at.proxy.stdout]) {
    assert.ok(!text.includes(secrets.AWS_SECRET_ACCESS_KEY), text);
    assert.ok(!text.includes(secrets.AWS_SESSION_TOKEN), text);
  }
  assert.ok(body.includes(secrets.AWS_ACCESS_KEY_ID), body);
  assert.match(rules, /AWS4-HMAC-SHA256 Credential=\$\{AWS_ACCESS_KEY_ID\}/);
});

Deno.test("aws_sigv4 waits for held content no longer than idle-timeout", async () => {
  await using at = await world(["--limit", "idle-timeout=1s"]);
  const client = await at.connect(dynamodb);
  await client.send(`POST / HTTP/1.1\r\nHost: ${dynamodb}\r\nContent-Length: 10\r\n\r\nhello`);
  assertRefused(await client.receive({ method: "POST" }), { status: 504 });
  assert.equal(at.upstream.requests.length, 0);
});
