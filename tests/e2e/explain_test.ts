/**
 * The contract: what explain says of a request is what the running proxy does with it.
 */

import assert from "node:assert/strict";
import { waitForAudit } from "../support/audit_lines.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { json } from "../support/upstream_scripts.ts";

const config = `
rules:
  - [api.one.example, Authorization, ONE]
  - name: org-a
    match: { host: git.example, path: "/orgA/**", methods: [GET, POST] }
    inject: { headers: { X-Token: "\${TWO}" } }
  - name: org-b
    match: { host: git.example, path: "/orgB/**" }
    inject: { headers: { X-Token: "\${ONE}" }, query: { key: "\${TWO}" } }
  - name: files
    match: { host: files.example }
    unless: { query: [sig] }
    inject: { headers: { X-Token: "\${ONE}" } }
  - [missing.example, Authorization, NOWHERE]
egress:
  deny:
    - { host: api.one.example, path: "/admin/**" }
    - { host: git.example, methods: [DELETE] }
    - { host: denied.example }
  allow: [{ host: api.github.com }]
`;

const hosts = [
  "api.one.example",
  "git.example",
  "files.example",
  "missing.example",
  "denied.example",
  "api.github.com",
];
const methods = ["GET", "POST", "DELETE", "TRACE"];
const paths = [
  "/",
  "/orgA/x",
  "/orgA",
  "/orgB/x?key=1",
  "/orgB/../orgA/x",
  "/orgA/%2e%2e/orgB/x",
  "/admin/x",
  "/ADMIN/x",
  "/a?sig=1",
  "/app/installations/5/access_tokens",
];

interface Explained {
  readonly decision: string;
  readonly status?: number;
  readonly rule?: string;
  readonly reason: string;
  readonly injects: readonly { readonly header?: string; readonly query?: string }[];
}

Deno.test("explain says of 240 requests what the running proxy does with them", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(hosts.map((host) => `${host}:443`), json({}));
  const file = await lab.dir.write("c.yaml", config);
  const proxy = await lab.proxy({
    args: ["--config", file],
    secrets: { ONE: "one_0123456789", TWO: "two_0123456789", GITHUB_TOKEN: "ghp_0123456789" },
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  const token = (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim();

  async function explained(method: string, url: string): Promise<Explained> {
    const query = new URLSearchParams({ method, url });
    const response = await fetch(`${proxy.adminUrl}/admin/explain?${query}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 200);
    return await response.json();
  }

  let compared = 0;
  const reached: Explained[] = [];
  for (const host of hosts) {
    for (const method of methods) {
      for (const path of paths) {
        const said = await explained(method, `https://${host}${path}`);
        const what = `${method} https://${host}${path}: ${JSON.stringify(said)}`;
        const before = upstream.requests.length;
        using client = await RawClient.connect(proxy.url);
        const { status } = await client.openTunnel(`${host}:443`);
        if (status !== 200) {
          assert.deepEqual([said.decision, said.status], ["deny", status], what);
          compared++;
          continue;
        }
        reached.push(said);
        using inside = await client.startTls(host, ca);
        await inside.send(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        const answer = await inside.receive({ method });
        if (answer.value("proxy-status") !== undefined) {
          assert.deepEqual([said.status, JSON.parse(answer.body).detail], [
            answer.status,
            said.reason,
          ], what);
          assert.equal(upstream.requests.length, before, what);
        } else {
          assert.equal(said.decision, "allow", what);
          const [request] = upstream.requests.slice(before);
          for (const { header, query } of said.injects) {
            if (header !== undefined) assert.equal(request?.values(header).length, 1, what);
            else assert.match(request?.target ?? "", new RegExp(`[?&]${query}=[^&]+$`), what);
          }
          if (said.injects.length === 0) assert.doesNotMatch(JSON.stringify(request), /0123456789/);
        }
        compared++;
      }
    }
  }
  assert.equal(compared, hosts.length * methods.length * paths.length);
  // The audit log has the same rule and decision.
  const exchanges = await waitForAudit(proxy, { kind: "exchange", count: reached.length });
  for (const [index, { rule, decision }] of reached.entries()) {
    const line = exchanges[index];
    assert.deepEqual([line?.["rule"], line?.["decision"]], [rule, decision], JSON.stringify(line));
  }
});

Deno.test("explain on the command line says who, what and why, and why not others", async () => {
  await using lab = await Lab.create();
  const file = await lab.dir.write("c.yaml", config);
  const ask = async (...args: string[]) => {
    const { code, stdout, stderr } = await runProxyToExit(
      ["explain", ...args, "--config", file],
      { dir: lab.dir, env: { ONE: "one_0123456789", TWO: "two_0123456789" } },
    );
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /0123456789/);
    return stdout;
  };
  const text = await ask("GET", "https://git.example/orgB/x");
  for (
    const line of [
      "request:  GET https://git.example/orgB/x",
      "decision: allow",
      `rule:     org-b (${file}:`,
      "adds:     X-Token: ${ONE}; ?key: ${TWO}",
      "tunnel:   decrypted",
      "not:      org-a: some server may read the path as one that is not /orgA/**",
    ]
  ) assert.ok(text.includes(line), `${line}\nis not in\n${text}`);
  assert.match(
    await ask("GET", "https://files.example/x?sig=1"),
    /rule: {5}none\n[^]*not: {6}files: it leaves requests alone that have any of \?sig/,
  );
  assert.match(await ask("GET", "https://files.example:8443/x"), /it is for port 443/);
  assert.match(await ask("GET", "https://denied.example/"), /deny, 403\n.*egress\.deny\[2\]/);
  assert.match(await ask("GET", "http://git.example/"), /deny, 403\nbecause: {2}Rule org-a/);
  assert.match(
    await ask("GET", "https://missing.example/"),
    /error, 502\nbecause: {2}NOWHERE is not set/,
  );
  assert.match(await ask("GET", "https://x.example/"), /decision: tunnel/);
  for (const header of ["Transfer-Encoding: x", "Content-Length: 1, 2"]) {
    assert.match(await ask("GET", "https://api.one.example/", "--header", header), /deny, 400/);
    // Nobody reads it in a tunnel that is passed on.
    assert.match(await ask("GET", "https://x.example/", "--header", header), /decision: tunnel/);
  }
  const one = ["GET", "https://api.one.example/", "--header"];
  assert.match(await ask(...one, "Host: b.example"), /deny, 421\nbecause: {2}Host says b\.example/);
  assert.match(await ask(...one, "Connection: host"), /deny, 400\n/);
  assert.match(await ask(...one, "Via: 1.1 me", "--via", "me"), /, 502\n|, 508\n|deny/);
  assert.match(await ask(...one, "Transfer-Encoding: x"), /deny, 400\n/);
  const json = JSON.parse(await ask("GET", "https://api.one.example/", "--format", "json"));
  assert.equal(json.rule, "api.one.example");
});

Deno.test("test exits 0 if all is as expected, 1 with the reason if not, 2 on a bad file", async () => {
  await using lab = await Lab.create();
  const file = await lab.dir.write("c.yaml", config);
  async function test(fixtures: string) {
    const path = await lab.dir.write("f.yaml", fixtures);
    return await runProxyToExit(["test", path, "--config", file], {
      dir: lab.dir,
      env: { ONE: "one_0123456789", TWO: "two_0123456789" },
    });
  }
  const good = await test(`
- GET https://git.example/orgA/x -> allow org-a
- GET https://x.example/ -> tunnel
- name: the admin part is closed
  request: POST https://api.one.example/admin/x
  expect: { decision: deny, status: 403, reason: "egress.deny[0]" }
- request: GET https://git.example/orgB/x
  headers: { Accept: text/plain }
  expect: { rule: org-b, injects: [x-token, "?key"] }
- { request: "GET https://files.example/?sig=1", expect: { decision: allow, rule: null, injects: [] } }
`);
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /ok the admin part is closed\n[^]*5 passed, 0 failed\n$/);
  const bad = await test(
    "- GET https://git.example/orgA/x -> deny\n- GET https://x.example/ -> tunnel\n",
  );
  assert.equal(bad.code, 1);
  assert.match(
    bad.stdout,
    /^FAILED GET https:\/\/git\.example\/orgA\/x \(.*f\.yaml:1:3\)\n {2}decision: expected deny, got allow\n/,
  );
  assert.match(bad.stdout, /1 passed, 1 failed\n$/);
  const broken = await test("- GET x\n- { request: GET https://x.example/ }\n");
  assert.equal(broken.code, 2);
  assert.match(broken.stderr, /f\.yaml:1:3: Cannot read \[0\]: write METHOD URL -> DECISION/);
  assert.match(broken.stderr, /f\.yaml:2:3: Cannot do without \[1\]\.expect/);
});
