import assert from "node:assert/strict";
import fc from "fast-check";
import { bearer } from "../../src/policy/credential_format.ts";
import { type Carriers, createInjection, type ListMember } from "../../src/policy/inject.ts";
import { unsearched } from "../../src/policy/redaction_scope.ts";
import {
  type ForwardedRequest,
  type ForwardedResponse,
  namesInVia,
  requestedUpgrade,
  wantsClose,
  writeLastChunk,
  writeRequestHead,
  writeResponseHead,
} from "../../src/proxy/forward_head.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { Fields } from "../../src/wire/fields.ts";
import { requestFraming, responseFraming } from "../../src/wire/framing.ts";
import {
  parseRequestHead,
  parseResponseHead,
  type RequestHead,
} from "../../src/wire/http1_head.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const limits = { maxBytes: 8192, maxFieldLines: 50 };

function requestHead(lines: readonly string[], start = "GET / HTTP/1.1") {
  const bytes = encodeLatin1([start, ...lines, "", ""].join("\r\n"));
  return parseRequestHead(bytes, bytes.length, limits);
}

function responseHead(lines: readonly string[], start = "HTTP/1.1 200 OK") {
  const bytes = encodeLatin1([start, ...lines, "", ""].join("\r\n"));
  return parseResponseHead(bytes, bytes.length, limits);
}

function text(out: OctetBuffer): string {
  return decodeLatin1(out.view(), 0, out.length);
}

/** The field lines that the upstream gets, after the request line and Host. */
function forward(
  lines: readonly string[],
  options: Partial<ForwardedRequest> & { readonly start?: string } = {},
): string[] {
  const { start, ...overrides } = options;
  const head = requestHead(lines, start);
  const out = new OctetBuffer(16);
  writeRequestHead(out, {
    head,
    pathAndQuery: "/a?b=c",
    host: "api.example.com",
    framing: requestFraming(head),
    upgrade: undefined,
    injection: undefined,
    redaction: unsearched,
    protocol: "http/1.1",
    ...overrides,
  });
  const [requestLine, host, ...rest] = text(out).split("\r\n");
  assert.equal(requestLine, `${head.method} ${options.pathAndQuery ?? "/a?b=c"} HTTP/1.1`);
  assert.equal(host, "Host: api.example.com");
  assert.deepEqual(rest.splice(-2), ["", ""]);
  return rest;
}

function respond(
  lines: readonly string[],
  options: Partial<ForwardedResponse> & { readonly start?: string } = {},
): string[] {
  const { start, ...overrides } = options;
  const head = responseHead(lines, start);
  const out = new OctetBuffer(16);
  writeResponseHead(out, {
    head,
    framing: responseFraming("GET", head),
    connection: "keep",
    decoded: false,
    intercepted: true,
    protocol: "http/1.1",
    ...overrides,
  });
  const written = text(out).split("\r\n");
  assert.deepEqual(written.splice(-2), ["", ""]);
  return written;
}

function injectionOf(
  carriers: Carriers,
  ensureMembers: readonly ListMember[] = [],
) {
  const secret = new Secret("TOKEN", "REAL");
  const field = { name: "Authorization", format: bearer, variable: "TOKEN", secret };
  return createInjection({ fields: [field], carriers, ensureMembers });
}

const ours = "Authorization: Bearer REAL";

Deno.test("writeRequestHead() replaces Host and passes other fields on as they came", () => {
  const kept = ["accept:*/*", "X-A:  1 ", "x-a: 2", "Cookie: a=b", "Content-Length: 3", "Via: x"];
  assert.deepEqual(forward(["Host: other.example", "HOST: twice", ...kept]), kept);
});

Deno.test("writeRequestHead() strips every hop-by-hop field and what is meant for the proxy", () => {
  const stripped = [
    "Connection: keep-alive",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "Proxy-Authorization: Basic c2VjcmV0",
    "proxy-authorization: Bearer other",
    "Proxy-Authenticate: Basic",
    "Proxy-Authentication-Info: x",
    "TE: trailers, deflate",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQAAP__",
  ];
  assert.deepEqual(forward([...stripped, "A: b"]), ["A: b"]);
});

Deno.test("writeRequestHead() strips what any Connection line names, in any case", () => {
  const lines = [
    "Connection: X-One, close",
    "X-One: 1",
    "x-one: again",
    "connection:\tx-TWO,,keep-alive",
    "X-Two: 2",
    "X-Three: 3",
    "Connection: cookie",
    "Cookie: a=b",
  ];
  assert.deepEqual(forward(lines), ["X-Three: 3"]);
});

Deno.test("writeRequestHead() refuses a Connection that names what the request cannot do without", () => {
  const names = ["content-length", "Content-Length", "a, CONTENT-LENGTH", "host", "x,Host "];
  // Its value was judged: without it, the body would be taken for a form.
  names.push("content-type", "close, Content-Type");
  for (const name of names) {
    for (const before of [[], ["Connection: close"]]) {
      const lines = [...before, `Connection: ${name}`, "Content-Length: 3", "Content-Type: a/b"];
      assert.throws(() => forward(lines), WireError, name);
    }
  }
});

Deno.test("writeRequestHead() writes Transfer-Encoding itself, once", () => {
  const lines = ["transfer-encoding:  chunked", "Connection: transfer-encoding", "A: b"];
  assert.deepEqual(forward(lines), ["A: b", "Transfer-Encoding: chunked"]);
});

Deno.test("writeRequestHead() adds ours last and removes every carrier, every duplicate", () => {
  const injection = injectionOf({ fields: ["Authorization", "x-api-key", "PRIVATE-TOKEN"] });
  const lines = [
    "Authorization: Bearer client",
    "AUTHORIZATION: Basic client",
    "X-Api-Key: client",
    "authorization:client",
    "x-api-key:",
    "Private-Token: client",
    "X-Api-Key-Id: kept",
    "A: b",
  ];
  assert.deepEqual(forward(lines, { injection }), ["X-Api-Key-Id: kept", "A: b", ours]);
});

Deno.test("writeRequestHead() removes what a server may take for a carrier or for a list of ours", () => {
  const injection = injectionOf({ fields: ["Private-Token", "x_api_key"] }, [
    { field: "anthropic-beta", member: "ours" },
  ]);
  const lines = [
    "Private_Token: client",
    "PRIVATE.TOKEN: client",
    "X-Api-Key: client",
    "x_api_key: client",
    "AUTHORIZATION: client",
    "Anthropic_Beta: client",
    "Private_Tokens: kept",
    "a_b: kept",
  ];
  assert.deepEqual(forward(lines, { injection }), [
    "Private_Tokens: kept",
    "a_b: kept",
    "anthropic-beta: ours",
    ours,
  ]);
});

Deno.test("writeRequestHead() passes odd names on, but for what a server may take for framing", () => {
  const passed = ["Private_Token: client", "a.b: c", "Content-Length: 3", "Content_Type: a/b"];
  const dropped = ["Proxy_Authorization: x", "Transfer_Encoding: chunked", "Content_Length: 9"];
  assert.deepEqual(forward([...dropped, ...passed]), passed);
});

Deno.test("writeRequestHead() does not let Connection delete our field", () => {
  const injection = injectionOf({ fields: ["authorization"] });
  for (const name of ["authorization", "Authorization", "close, AUTHORIZATION"]) {
    const lines = [`Connection: ${name}`, "Authorization: Bearer client", "A: b"];
    assert.deepEqual(forward(lines, { injection }), ["A: b", ours], name);
  }
});

Deno.test("writeRequestHead() leaves the client's own credential alone where no rule matches", () => {
  assert.deepEqual(forward(["Authorization: Bearer client"]), ["Authorization: Bearer client"]);
});

Deno.test("writeRequestHead() removes the query parameters that carry a credential", () => {
  const injection = injectionOf({ fields: [], query: ["private_token", "key"] });
  const out = new OctetBuffer(16);
  writeRequestHead(out, {
    head: requestHead(["A: b"]),
    pathAndQuery: "/p?private_token=x&a=1&%6Bey=y;key=z&keys=2",
    host: "h:8443",
    framing: { kind: "none" },
    upgrade: undefined,
    injection,
    redaction: unsearched,
    protocol: "http/1.1",
  });
  assert.equal(
    text(out),
    `GET /p?a=1&keys=2 HTTP/1.1\r\nHost: h:8443\r\nA: b\r\n${ours}\r\n\r\n`,
  );
});

Deno.test("writeRequestHead() merges list members: ours is there, a client's credential is not", () => {
  const member = { field: "anthropic-beta", member: "oauth-2025-04-20" };
  const merged = (lines: string[]) =>
    forward(lines, { injection: injectionOf({ fields: [] }, [member]) });
  assert.deepEqual(merged([]), ["anthropic-beta: oauth-2025-04-20", ours]);
  assert.deepEqual(
    merged(["Anthropic-Beta: a, b", "A: b", "anthropic-beta: oauth-2025-04-20,c"]),
    ["A: b", "anthropic-beta: a, b, oauth-2025-04-20, c", ours],
  );
  const injection = injectionOf({
    fields: [],
    members: [{ field: "sec-websocket-protocol", prefix: "key." }],
  });
  assert.deepEqual(
    forward(["Sec-WebSocket-Protocol: a, KEY.client", "sec-websocket-protocol: key.x"], {
      injection,
    }),
    ["sec-websocket-protocol: a", ours],
  );
  assert.deepEqual(forward(["Sec-WebSocket-Protocol: key.client"], { injection }), [ours]);
});

Deno.test("writeRequestHead() passes TE on as `trailers` alone, and only if Connection names it", () => {
  const passed = ["Connection: TE", "TE: trailers"];
  assert.deepEqual(forward(["Connection: TE", "TE: trailers"]), passed);
  assert.deepEqual(forward(["Connection: te, close", "TE: gzip;q=1, Trailers"]), passed);
  assert.deepEqual(forward(["TE: trailers"]), []);
  assert.deepEqual(forward(["Connection: TE", "TE: gzip"]), []);
  assert.deepEqual(forward(["Connection: TE"]), []);
});

Deno.test("writeRequestHead() asks for the upgrade that it is told, with its own Connection", () => {
  const lines = ["Connection: Upgrade, X-A", "X-A: 1", "Upgrade: websocket, h2c", "A: b"];
  assert.deepEqual(forward(lines, { upgrade: "websocket" }), [
    "A: b",
    "Connection: Upgrade",
    "Upgrade: websocket",
  ]);
  assert.deepEqual(forward(lines), ["A: b"]);
});

function upgradeOf(head: RequestHead): string | undefined {
  return requestedUpgrade(head, { framing: { kind: "none" } });
}

Deno.test("requestedUpgrade() knows websocket alone, asked for properly", () => {
  const asked = ["Connection: keep-alive, Upgrade", "Upgrade: websocket"];
  assert.equal(upgradeOf(requestHead(asked)), "websocket");
  assert.equal(
    upgradeOf(requestHead(["Connection: x", "connection: UPGRADE", "upgrade: WebSocket"])),
    "websocket",
  );
  assert.equal(
    upgradeOf(requestHead(["Connection: upgrade", "Upgrade: h2c, websocket"])),
    "websocket",
  );
  const refused: [string[], string][] = [
    [asked, "GET / HTTP/1.0"],
    [asked, "POST / HTTP/1.1"],
    [asked, "get / HTTP/1.1"],
    [["Connection: Upgrade"], "GET / HTTP/1.1"],
    [["Upgrade: websocket"], "GET / HTTP/1.1"],
    [["Connection: close", "Upgrade: websocket"], "GET / HTTP/1.1"],
    [["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"], "GET / HTTP/1.1"],
    [["Connection: Upgrade", "Upgrade: TLS/1.3"], "GET / HTTP/1.1"],
    [["Connection: Upgrade", "Upgrade: websocket/13"], "GET / HTTP/1.1"],
    [["Connection: Upgrade", "Upgrade: xwebsocket"], "GET / HTTP/1.1"],
  ];
  for (const [lines, start] of refused) {
    assert.equal(upgradeOf(requestHead(lines, start)), undefined, `${start} ${lines}`);
  }
});

Deno.test("requestedUpgrade() knows SPDY where the rule has it, and h2c nowhere", () => {
  const asked = ["Connection: Upgrade", "Upgrade: spdy/3.1"];
  const none = { kind: "none" } as const;
  const allowed = ["SPDY/3.1"] as const;
  const upgrade = (lines: readonly string[], start: string) =>
    requestedUpgrade(requestHead(lines, start), { framing: none, allowed });
  const kubectl = requestHead(asked, "POST / HTTP/1.1");
  assert.equal(requestedUpgrade(kubectl, { framing: none }), undefined);
  assert.equal(requestedUpgrade(kubectl, { framing: none, allowed: [] }), undefined);
  assert.equal(upgrade(asked, "POST / HTTP/1.1"), "SPDY/3.1");
  assert.equal(upgrade(asked, "GET / HTTP/1.1"), "SPDY/3.1");
  const both = ["Connection: Upgrade", "Upgrade: SPDY/3.1, h2c, websocket"];
  assert.equal(upgrade(both, "GET / HTTP/1.1"), "websocket");
  assert.equal(upgrade(both, "POST / HTTP/1.1"), "SPDY/3.1");
  const refused: [string[], string][] = [
    [asked, "POST / HTTP/1.0"],
    [asked, "PUT / HTTP/1.1"],
    [["Upgrade: SPDY/3.1"], "POST / HTTP/1.1"],
    [["Connection: Upgrade", "Upgrade: SPDY/3"], "POST / HTTP/1.1"],
    [["Connection: Upgrade", "Upgrade: SPDY/3.11"], "POST / HTTP/1.1"],
    [["Connection: Upgrade", "Upgrade: h2c"], "POST / HTTP/1.1"],
    [["Connection: Upgrade", "Upgrade: websocket"], "POST / HTTP/1.1"],
  ];
  for (const [lines, start] of refused) assert.equal(upgrade(lines, start), undefined, `${lines}`);
});

Deno.test("wantsClose() is true for HTTP/1.0 and wherever a Connection line says close", () => {
  assert.equal(wantsClose(requestHead([])), false);
  assert.equal(wantsClose(requestHead(["Connection: keep-alive"])), false);
  assert.equal(wantsClose(requestHead(["Connection: closed"])), false);
  assert.equal(wantsClose(requestHead(["Connection: keep-alive", "connection: x, CLOSE"])), true);
  assert.equal(wantsClose(requestHead([], "GET / HTTP/1.0")), true);
  assert.equal(wantsClose(requestHead(["Connection: keep-alive"], "GET / HTTP/1.0")), true);
});

Deno.test("writeRequestHead() writes one well-formed head with ours once, whatever comes", () => {
  const injection = injectionOf({ fields: ["x-api-key"], query: ["key"] });
  const line = fc.tuple(
    fc.constantFrom(
      ..."Connection,connection,Authorization,X-Api-Key,TE,Upgrade,A,Host,Proxy-Authorization,Via"
        .split(","),
    ),
    fc.constantFrom(
      ..."close|authorization|x-api-key, te|trailers|upgrade|via, a|h2c|websocket|,, ,|\xff".split(
        "|",
      ),
    ),
  ).map(([name, value]) => `${name}: ${value}`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
      const written = forward(lines, { injection });
      assert.equal(written.at(-1), ours);
      const again = requestHead(written).fields;
      for (const [name, count] of Object.entries({ authorization: 1, "x-api-key": 0, host: 0 })) {
        assert.equal(again.getAll(name).length, count, name);
      }
      assert.equal(again.has("proxy-authorization"), false);
      assert.equal(again.has("upgrade"), false);
      assert.deepEqual(again.list("connection").filter((option) => option !== "te"), []);
    }),
    { numRuns: 500 },
  );
});

Deno.test("writeResponseHead() strips hop-by-hop fields and what Connection names", () => {
  assert.deepEqual(
    respond([
      "Connection: X-Hop, keep-alive",
      "connection: close",
      "X-Hop: 1",
      "Keep-Alive: timeout=5",
      "Proxy-Authenticate: Basic",
      "Proxy-Connection: close",
      "Upgrade: h2c",
      "TE: trailers",
      "Content-Length: 3",
      "Set-Cookie: a",
      "set-cookie: b",
      "WWW-Authenticate: Bearer",
    ], { start: "HTTP/1.0 401 No \xe9ntry" }),
    [
      "HTTP/1.1 401 No \xe9ntry",
      "Content-Length: 3",
      "Set-Cookie: a",
      "set-cookie: b",
      "WWW-Authenticate: Bearer",
    ],
  );
});

Deno.test("writeResponseHead() keeps Content-Length even where Connection names it", () => {
  const lines = ["Connection: content-length", "Content-Length: 3"];
  assert.deepEqual(respond(lines), ["HTTP/1.1 200 OK", "Content-Length: 3"]);
});

Deno.test("writeResponseHead() writes the framing and the connection that it is told", () => {
  assert.deepEqual(respond(["transfer-encoding: chunked", "A: b"]), [
    "HTTP/1.1 200 OK",
    "A: b",
    "Transfer-Encoding: chunked",
  ]);
  assert.deepEqual(respond(["A: b"], { connection: "close" }), [
    "HTTP/1.1 200 OK",
    "A: b",
    "Connection: close",
  ]);
  const start = "HTTP/1.1 101 Switching Protocols";
  assert.deepEqual(
    respond(["Upgrade: websocket", "Connection: upgrade", "A: b"], {
      start,
      connection: "upgrade",
    }),
    [start, "A: b", "Connection: Upgrade", "Upgrade: websocket"],
  );
});

Deno.test("writeResponseHead() lets no upstream speak in our name or lead the client around us", () => {
  const lines = [
    "Proxy-Status: auth-proxy; error=x",
    'ALT-SVC: h3=":443"',
    "alt-svc: clear",
    "A: b",
  ];
  assert.deepEqual(respond(lines), ["HTTP/1.1 200 OK", "A: b"]);
  assert.deepEqual(respond(lines, { intercepted: false }), [
    "HTTP/1.1 200 OK",
    ...lines.filter((line) => !line.startsWith("Proxy-Status")),
  ]);
});

Deno.test("writeLastChunk() passes trailers on, without what may not be in a trailer section", () => {
  const passed = ["Grpc-Status: 0", "grpc-message:", "X-Checksum: \xff"];
  const dropped = [
    "Authorization: x",
    "Content-Encoding: gzip",
    "Content-Length: 9",
    "Content-Type: text/html",
    "Cookie: a",
    "Host: evil.example",
    "SET-COOKIE: a=b",
    "Trailer: x",
    "WWW-Authenticate: Basic",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "Keep-Alive: x",
    "Proxy-Authorization: x",
    "Upgrade: h2c",
    "TE: trailers",
    "Proxy-Status: auth-proxy",
    "Alt-Svc: clear",
    "Set_Cookie: a=b",
  ];
  const carriers = ["X-Api-Key: client", "X_Api.Key: client"];
  const bytes = encodeLatin1([...passed, ...dropped, ...carriers, ""].join("\r\n"));
  const trailers = Fields.parse(bytes, { start: 0, end: bytes.length, maxLines: 50 });
  const out = new OctetBuffer(1);
  writeLastChunk(out, { trailers, named: [], carriers: new Set(["x-api-key"]) });
  assert.equal(text(out), ["0", ...passed, "", ""].join("\r\n"));
  out.clear();
  writeLastChunk(out, { trailers, named: [] });
  assert.equal(text(out), ["0", ...passed, ...carriers, "", ""].join("\r\n"));
  out.clear();
  writeLastChunk(out, { trailers: undefined, named: [] });
  assert.equal(text(out), "0\r\n\r\n");
});

Deno.test("requestedUpgrade() is none for a request with a body", () => {
  const head = requestHead(["Connection: upgrade", "Upgrade: websocket", "Content-Length: 5"]);
  const framing = { kind: "length", length: 5 } as const;
  assert.equal(requestedUpgrade(head, { framing }), undefined);
  const spdy = requestHead(
    ["Connection: upgrade", "Upgrade: SPDY/3.1", "Content-Length: 5"],
    "POST / HTTP/1.1",
  );
  assert.equal(requestedUpgrade(spdy, { framing, allowed: ["SPDY/3.1"] }), undefined);
});

Deno.test("writeRequestHead() leaves Via alone, or adds our entry after those of others", () => {
  const lines = ["Via: 1.0 fred, 1.1 p.example.net", "A: b", "via: 1.1 last"];
  assert.deepEqual(forward(lines), lines);
  assert.deepEqual(forward(lines, { via: "us" }), [...lines, "Via: 1.1 us"]);
  assert.deepEqual(forward([], { via: "us", start: "GET / HTTP/1.0" }), ["Via: 1.0 us"]);
  // Connection may take away what others have said, not what we say.
  assert.deepEqual(forward(["Connection: via", "Via: 1.1 a"], { via: "us" }), ["Via: 1.1 us"]);
  assert.deepEqual(forward([], { via: "us", protocol: "h2" }), ["Via: 2.0 us"]);
});

Deno.test("writeResponseHead() leaves Via alone, or adds our entry after those of others", () => {
  const [start, via, length] = ["HTTP/1.1 200 OK", "Via: 1.1 origin", "Content-Length: 0"];
  assert.deepEqual(respond([via, length]), [start, via, length]);
  assert.deepEqual(respond([via, length], { via: "us" }), [start, via, length, "Via: 1.1 us"]);
  const old = respond([length], { via: "us", start: "HTTP/1.0 200 OK" });
  assert.deepEqual(old, [start, length, "Via: 1.0 us"]);
});

Deno.test("namesInVia() finds our name as a received-by, in any case, in any line", () => {
  const found = [
    "1.1 us",
    "1.0 fred, 1.1 us",
    "1.1 US",
    "HTTP/1.1  us (comment)",
    "1.1\tus",
    ",1.1 us",
  ];
  for (const value of found) {
    assert.ok(namesInVia(requestHead(["Via: 1.1 other", `Via: ${value}`]), "Us"), value);
  }
  for (const value of ["1.1 use", "us", "1.1 other (us)", "us 1.1", "1.1 us:80", "1.1 u s", ""]) {
    assert.ok(!namesInVia(requestHead([`Via: ${value}`]), "us"), value);
  }
  assert.ok(!namesInVia(requestHead(["X-Via: 1.1 us"]), "us"));
});

const searched = { redacts: true, allowsRange: false };

Deno.test("writeRequestHead() asks for nothing in which a credential could not be found", () => {
  const lines = ["Range: bytes=0-9", "If-Range: x", "Accept-Encoding: gzip, compress", "A: b"];
  assert.deepEqual(forward(lines, { redaction: searched }), ["A: b", "Accept-Encoding: gzip"]);
  assert.deepEqual(forward(lines), lines);
  assert.deepEqual(forward(lines, { redaction: { redacts: true, allowsRange: true } }), [
    "Range: bytes=0-9",
    "If-Range: x",
    "A: b",
    "Accept-Encoding: gzip",
  ]);
});

Deno.test("writeRequestHead() leaves an Accept-Encoding as it is that asks for what can be searched", () => {
  const lines = ["Accept-Encoding: gzip, deflate, br;q=0.5, zstd, identity"];
  assert.deepEqual(forward(lines, { redaction: searched }), lines);
});

Deno.test("writeRequestHead() offers no WebSocket extension where frames are searched", () => {
  const lines = ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Key: k"];
  assert.deepEqual(forward(lines, { redaction: searched }), ["Sec-WebSocket-Key: k"]);
});

Deno.test("writeResponseHead() drops what describes the coding that has been taken off", () => {
  const lines = ["Content-Encoding: gzip", "Content-Length: 5", "Digest: x", "ETag: y"];
  assert.deepEqual(respond(lines, { decoded: true, framing: { kind: "chunked" } }), [
    "HTTP/1.1 200 OK",
    "ETag: y",
    "Transfer-Encoding: chunked",
  ]);
});
