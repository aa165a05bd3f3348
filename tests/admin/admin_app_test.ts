import assert from "node:assert/strict";
import { type AdminAccess, networkAccess, socketAccess } from "../../src/admin/admin_access.ts";
import { type AdminView, createAdminApp } from "../../src/admin/admin_app.ts";
import type { AuditWatcher } from "../../src/observe/audit_feed.ts";
import { TrustFiles } from "../../src/ca/trust_files.ts";
import { RuleSet } from "../../src/policy/rule_set.ts";

const token = "admin-token-0123456789";
const bearer = { Authorization: `Bearer ${token}` };
const basic = (user: string, password: string) => ({
  Authorization: `Basic ${btoa(`${user}:${password}`)}`,
});
const created = "2026-11-24T10:00:00.000Z";

const open = [
  "/healthz",
  "/readyz",
  "/admin/rules",
  "/admin/ca.pem",
  "/admin/ca-bundle.pem",
  "/admin/truststore.p12",
  "/admin/version",
];
const closed: readonly (readonly [string, string])[] = [
  ["GET", "/admin/agents"],
  ["POST", "/admin/agents/ci/revoke"],
  ["POST", "/admin/reload"],
  ["GET", "/admin/explain?url=https://a.example"],
  ["GET", "/admin/status"],
];

const accesses: Record<AdminAccess["reach"], { access: AdminAccess; host: string }> = {
  loopback: { access: networkAccess("127.0.0.1", token), host: "127.0.0.1:8081" },
  network: { access: networkAccess("0.0.0.0", token), host: "192.0.2.1:8081" },
  socket: { access: socketAccess, host: "anything" },
};

interface Tried {
  readonly revoked: string[];
  readonly logged: string[];
  readonly reloads: string[];
  readonly watchers: ReadonlySet<AuditWatcher>;
  request(
    path: string,
    options?: { method?: string; headers?: Record<string, string> },
  ): Promise<Response>;
}

function serve(
  reach: AdminAccess["reach"],
  { ready = true, bad = [] }: { ready?: boolean; bad?: { where: string; message: string }[] } = {},
): Tried {
  const watchers = new Set<AuditWatcher>();
  const reloads: string[] = [];
  const revoked: string[] = [];
  const logged: string[] = [];
  const view: AdminView = {
    version: "1.2.3",
    rules: () => new RuleSet([]),
    trustFiles: new TrustFiles({ certificatePem: "PEM", bundlePem: "PEMs" }),
    ready: () => ready,
    agents: () => [
      { name: "ci", proofs: ["token"], created, revoked: false, connections: 2 },
      { name: "old", proofs: [], revoked: true, connections: 0 },
    ],
    revoke: (name) => {
      if (name === "broken") return Promise.reject(new Error("disk full"));
      revoked.push(name);
      return Promise.resolve();
    },
    metrics: () => Promise.resolve("metrics"),
    recentAudit: (limit) => [`{"time":"${created}","kind":"exchange","limit":${limit}}\n`],
    reload: () => {
      reloads.push("asked");
      return Promise.resolve(
        bad.length > 0
          ? { kind: "rejected", problems: bad }
          : { kind: "reloaded", cut: 2, needRestart: ["listen"] },
      );
    },
    explain: (request) => ({ asked: request }),
    watchAudit: (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    status: () => ({
      startedAt: Date.parse(created),
      openConnections: 3,
      auditLinesLost: 0,
      ca: { name: "our CA", fingerprint: "AB:CD", notAfter: Date.parse(created) + 86_400_000 },
    }),
    reloadState: () => ({
      loadedAt: Date.parse(created),
      ...(bad.length > 0 ? { rejected: { at: Date.parse(created) + 1000, problems: bad } } : {}),
    }),
    log: {
      debug() {},
      info() {},
      warn() {},
      error: (message, properties) => void logged.push(`${message} ${JSON.stringify(properties)}`),
    },
  };
  const { access, host } = accesses[reach];
  const app = createAdminApp(view, access);
  return {
    revoked,
    logged,
    reloads,
    watchers,
    request: async (path, { method = "GET", headers = {} } = {}) =>
      await app.request(path, { method, headers: { Host: host, ...headers } }),
  };
}

async function assertProblem(response: Response, status: number): Promise<string> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
  assert.equal(JSON.parse(text).status, status);
  assert.ok(!text.includes(token));
  return text;
}

Deno.test("createAdminApp() on loopback is open to all for what is no secret, and for nothing else", async () => {
  const tried = serve("loopback");
  for (const path of open) assert.equal((await tried.request(path)).status, 200, path);
  for (const [method, path] of closed) {
    const response = await tried.request(path, { method });
    assert.match(response.headers.get("www-authenticate") ?? "", /^Basic realm=/);
    assert.match(await assertProblem(response, 401), /private\/admin-token/);
  }
  assert.deepEqual(tried.revoked, []);
});

Deno.test("createAdminApp() on a network says whether it is ready, and nothing else, to who has no token", async () => {
  const tried = serve("network");
  const ready = await tried.request("/readyz");
  assert.deepEqual([ready.status, await ready.text()], [200, '{"status":"ready"}']);
  for (const path of [...open, "/nothing", "/readyz/../healthz", "/readyz/"]) {
    if (path !== "/readyz") await assertProblem(await tried.request(path), 401);
  }
  for (const path of open) {
    assert.equal((await tried.request(path, { headers: bearer })).status, 200, path);
  }
  await assertProblem(await tried.request("/nothing", { headers: bearer }), 404);
});

Deno.test("POST /admin/reload says what came of it", async () => {
  const tried = serve("loopback");
  await assertProblem(await tried.request("/admin/reload", { method: "POST" }), 401);
  assert.deepEqual(tried.reloads, []);
  const response = await tried.request("/admin/reload", { method: "POST", headers: bearer });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "reloaded", cut: 2, needRestart: ["listen"] });
  assert.deepEqual(tried.reloads, ["asked"]);
  const health = await tried.request("/healthz");
  assert.deepEqual(await health.json(), {
    status: "ok",
    configuration: { loaded: created, state: "current" },
  });
});

Deno.test("POST /admin/reload tells what is wrong, /healthz only that something is", async () => {
  const bad = [{ where: "auth-proxy.yaml:3:1", message: "Cannot use rulez: no such key" }];
  const tried = serve("loopback", { bad });
  const response = await tried.request("/admin/reload", { method: "POST", headers: bearer });
  assert.match(await assertProblem(response, 422), /auth-proxy\.yaml:3:1: Cannot use rulez/);
  const health = await tried.request("/healthz");
  assert.equal(health.status, 200);
  assert.deepEqual(await health.json(), {
    status: "ok",
    configuration: {
      loaded: created,
      state: "rejected",
      rejected: "2026-11-24T10:00:01.000Z",
      problems: 1,
    },
  });
});

Deno.test("GET /admin/explain passes on what is asked, and wants a URL", async () => {
  const tried = serve("loopback");
  const ask = (query: string) => tried.request(`/admin/explain${query}`, { headers: bearer });
  const url = encodeURIComponent("https://a.example/?b=c&d");
  assert.deepEqual(await (await ask(`?method=POST&url=${url}&agent=ci`)).json(), {
    asked: { method: "POST", url: "https://a.example/?b=c&d", agent: "ci" },
  });
  assert.deepEqual(await (await ask(`?url=${url}`)).json(), {
    asked: { method: "GET", url: "https://a.example/?b=c&d" },
  });
  await assertProblem(await ask("?method=GET"), 400);
});

const credentials: [string, Record<string, string>, boolean][] = [
  ["the token as Bearer", bearer, true],
  ["the token as a password", basic("anybody", token), true],
  ["the token as a password without a user", basic("", token), true],
  ["the token as a user name", basic(token, ""), false],
  ["another token", { Authorization: "Bearer agent-token-0123456789" }, false],
  ["a part of the token", { Authorization: `Bearer ${token.slice(0, -1)}` }, false],
  ["the token and more", { Authorization: `Bearer ${token}x` }, false],
  ["the token twice", { Authorization: `Bearer ${token}, Bearer ${token}` }, false],
  ["the token alone", { Authorization: token }, false],
  ["the token in Proxy-Authorization", { "Proxy-Authorization": `Bearer ${token}` }, false],
  ["nothing", { Authorization: "" }, false],
];

for (const [what, headers, admitted] of credentials) {
  Deno.test(`createAdminApp() ${admitted ? "lets in" : "refuses"} ${what}`, async () => {
    for (const reach of ["loopback", "network"] as const) {
      for (const [method, path] of closed) {
        const { status } = await serve(reach).request(path, { method, headers });
        assert.equal(status, admitted ? 200 : 401, `${reach} ${path}`);
      }
    }
  });
}

Deno.test("createAdminApp() on a socket needs no token", async () => {
  const tried = serve("socket");
  for (const [method, path] of closed) {
    assert.equal((await tried.request(path, { method })).status, 200, path);
  }
  assert.deepEqual(tried.revoked, ["ci"]);
});

for (const reach of ["loopback", "network", "socket"] as const) {
  Deno.test(`createAdminApp() on ${reach} refuses other origins, whatever they know`, async () => {
    const tried = serve(reach);
    const { host } = accesses[reach];
    const origins = [
      "null",
      "",
      "https://evil.example",
      `https://${host}`,
      `http://${host}.evil.example`,
      `http://x@${host}`,
      "http://127.0.0.1:9999",
    ];
    for (const origin of origins) {
      for (const [method, path] of [...closed, ["GET", "/healthz"] as const]) {
        const headers = { ...bearer, Origin: origin };
        await assertProblem(await tried.request(path, { method, headers }), 403);
      }
    }
    assert.deepEqual(tried.revoked, []);
    const own = { ...bearer, Origin: `http://${host}` };
    assert.equal((await tried.request("/admin/agents", { headers: own })).status, 200);
  });
}

const fetchMetadata: [Record<string, string>, number][] = [
  [{ "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors" }, 200],
  [{ "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" }, 200],
  [
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" },
    200,
  ],
  [
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" },
    403,
  ],
  [{ "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" }, 403],
  // Another port of this host.
  [{ "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty" }, 403],
  [{ "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" }, 403],
];

for (const [headers, status] of fetchMetadata) {
  Deno.test(`createAdminApp() answers ${status} to ${Object.values(headers).join(" ")}`, async () => {
    for (const reach of ["loopback", "network", "socket"] as const) {
      const response = await serve(reach).request("/admin/agents", {
        headers: { ...bearer, ...headers },
      });
      assert.equal(response.status, status, reach);
    }
  });
}

Deno.test("createAdminApp() lets no link of another site change anything", async () => {
  const tried = serve("loopback");
  const headers = {
    ...bearer,
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
  };
  await assertProblem(await tried.request("/admin/reload", { method: "POST", headers }), 403);
  assert.deepEqual(tried.reloads, []);
});

Deno.test("every answer, refusals too, forbids a browser to use it elsewhere", async () => {
  const tried = serve("network");
  const asked: [string, Record<string, string>, number][] = [
    ["/admin/rules", bearer, 200],
    ["/", bearer, 200],
    ["/admin/rules", {}, 401],
    ["/admin/rules", { ...bearer, Origin: "null" }, 403],
    ["/nothing", bearer, 404],
    ["/dashboard/nothing", bearer, 404],
    ["/admin/agents/broken/revoke", bearer, 500],
    ["/admin/rules", { Host: "evil.example" }, 421],
  ];
  for (const [path, headers, status] of asked) {
    const method = status === 500 ? "POST" : "GET";
    const response = await tried.request(path, { method, headers });
    assert.equal(response.status, status, path);
    const sent = (name: string) => response.headers.get(name) ?? "";
    assert.match(sent("content-security-policy"), /default-src 'none'/);
    assert.match(sent("content-security-policy"), /frame-ancestors 'none'/);
    assert.doesNotMatch(sent("content-security-policy"), /unsafe/);
    assert.equal(sent("x-frame-options"), "DENY");
    assert.equal(sent("x-content-type-options"), "nosniff");
    assert.equal(sent("cross-origin-opener-policy"), "same-origin");
    assert.equal(sent("cross-origin-resource-policy"), "same-origin");
    assert.equal(sent("referrer-policy"), "same-origin");
    assert.equal(sent("cache-control"), "no-store");
  }
});

Deno.test("GET / is a page whose every part is there, and none is inline or from elsewhere", async () => {
  const tried = serve("loopback");
  const response = await tried.request("/");
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  const html = await response.text();
  assert.match(html, /^<!doctype html>/i);
  assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|style=|\son[a-z]+=/i);
  const pending = [...html.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, path = ""]) => path);
  const found = new Set<string>();
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const part = await tried.request(path);
    assert.equal(part.status, 200, path);
    assert.match(part.headers.get("content-type") ?? "", /^(text\/(css|javascript)|image\/svg)/);
    const text = await part.text();
    for (const [, name] of text.matchAll(/from "\.\/([^"]+)"/g)) pending.push(`/dashboard/${name}`);
    assert.doesNotMatch(text, /innerHTML|insertAdjacentHTML|document\.write|@import|url\(/);
  }
  assert.ok(found.size > 15, [...found].join());
});

Deno.test("GET /admin/status tells of the proxy, and what is wrong with its configuration", async () => {
  const bad = [{ where: "auth-proxy.yaml:3:1", message: "Cannot use rulez: no such key" }];
  const response = await serve("loopback", { bad }).request("/admin/status", { headers: bearer });
  const { now, ...status } = await response.json();
  assert.ok(Math.abs(Date.parse(now) - Date.now()) < 60_000);
  assert.deepEqual(status, {
    version: "1.2.3",
    state: "ready",
    started: created,
    openConnections: 3,
    auditLinesLost: 0,
    ca: { name: "our CA", fingerprint: "AB:CD", expires: "2026-11-25T10:00:00.000Z" },
    configuration: {
      loaded: created,
      rejected: { at: "2026-11-24T10:00:01.000Z", problems: bad },
    },
  });
});

Deno.test("GET /admin/events demands the token, and HEAD watches nothing", async () => {
  const tried = serve("loopback");
  await assertProblem(await tried.request("/admin/events"), 401);
  const head = await tried.request("/admin/events", { method: "HEAD", headers: bearer });
  assert.deepEqual([head.status, tried.watchers.size], [200, 0]);
  const response = await tried.request("/admin/events", { headers: bearer });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(tried.watchers.size, 1);
  await response.body?.cancel();
  assert.equal(tried.watchers.size, 0);
});

const hosts: [string, boolean][] = [
  ["127.0.0.1:8081", true],
  ["127.0.0.1", true],
  ["localhost:8081", true],
  ["[::1]:8081", true],
  ["LOCALHOST:8081", true],
  ["evil.example:8081", false],
  ["localhost.evil.example", false],
  ["127.0.0.1.evil.example", false],
  ["192.0.2.1:8081", false],
  ["", false],
];

for (const [host, known] of hosts) {
  Deno.test(`createAdminApp() on loopback ${known ? "knows" : "refuses"} the Host "${host}"`, async () => {
    const headers = { ...bearer, Host: host };
    const response = await serve("loopback").request("/admin/agents", { headers });
    if (known) assert.equal(response.status, 200);
    else await assertProblem(response, 421);
  });
}

Deno.test("GET /admin/agents is JSON, or a table for who asks for text", async () => {
  const tried = serve("loopback");
  const json = await tried.request("/admin/agents", { headers: bearer });
  assert.deepEqual(await json.json(), {
    agents: [
      { name: "ci", proofs: ["token"], created, revoked: false, connections: 2 },
      { name: "old", proofs: [], revoked: true, connections: 0 },
    ],
  });
  assert.equal(json.headers.get("cache-control"), "no-store");
  const headers = { ...bearer, Accept: "text/plain" };
  assert.equal(
    await (await tried.request("/admin/agents", { headers })).text(),
    "AGENT  STATE    PROOFS  CONNECTIONS  CREATED\n" +
      `ci     active   token   2            ${created}\n` +
      "old    revoked          0\n",
  );
});

Deno.test("POST /admin/agents/NAME/revoke revokes a name that an agent can have", async () => {
  const tried = serve("loopback");
  const post = (name: string) =>
    tried.request(`/admin/agents/${name}/revoke`, { method: "POST", headers: bearer });
  assert.deepEqual(await (await post("ci")).json(), { name: "ci", revoked: true });
  assert.equal((await post("never-seen")).status, 200);
  for (const name of ["CI", "%20", "a%0ab", "__proto__", "a".repeat(64)]) {
    await assertProblem(await post(name), 400);
  }
  await assertProblem(await post("a%2fb"), 400);
  assert.deepEqual(tried.revoked, ["ci", "never-seen"]);
});

Deno.test("what fails is answered 500 without the reason, which is in the log", async () => {
  const tried = serve("loopback");
  const response = await tried.request("/admin/agents/broken/revoke", {
    method: "POST",
    headers: bearer,
  });
  assert.doesNotMatch(await assertProblem(response, 500), /disk full/);
  assert.match(tried.logged.join(), /admin request failed .*disk full/);
});

Deno.test("GET /readyz is 503 while the proxy drains", async () => {
  const response = await serve("loopback", { ready: false }).request("/readyz");
  assert.equal(response.status, 503);
});

Deno.test("createAdminApp() serves what a client needs to trust the proxy, as what it is", async () => {
  const tried = serve("loopback");
  const pem = await tried.request("/admin/ca-bundle.pem");
  assert.equal(pem.headers.get("content-type"), "application/x-pem-file");
  assert.equal(await pem.text(), "PEMs");
  const store = await tried.request("/admin/truststore.p12");
  assert.equal(store.headers.get("content-type"), "application/pkcs12");
  assert.equal((await store.bytes())[0], 0x30);
});
