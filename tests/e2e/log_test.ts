/**
 * The contract: with --log-format json each line on stderr is one JSON object, of the log or of the
 * audit log; a refusal has one name, in the log, in the audit log and in what the client is told.
 */

import assert from "node:assert/strict";
import { waitForAudit } from "../support/audit_lines.ts";
import { Lab } from "../support/lab.ts";
import { type ClientResponse, RawClient } from "../support/proxy_client.ts";
import { json, killMidResponse } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const secrets = { GITHUB_TOKEN: "ghp_real_0123456789" };
const github = "api.github.com:443";
const host = "Host: api.github.com\r\n";

function objects(stderr: string): Record<string, unknown>[] {
  const lines = stderr.split("\n");
  assert.equal(lines.pop(), "", "the last line ends");
  return lines.map((line) => {
    assert.match(line, /^\{[\x20-\x7e]*\}$/);
    return JSON.parse(line);
  });
}

/** The name of the occurrence, as the client is told it. */
function named(response: ClientResponse): string {
  const [, id = ""] = /details=".* \[([0-9a-f]+-\d+)\]"$/.exec(
    response.value("proxy-status") ?? "",
  ) ?? [];
  assert.notEqual(id, "");
  if (response.body !== "") {
    assert.equal(JSON.parse(response.body).instance, `urn:auth-proxy:exchange:${id}`);
  }
  return id;
}

Deno.test("a refusal has one name in the log, in the audit log and in its Proxy-Status, with a body or without", async () => {
  await using lab = await Lab.create();
  await lab.upstream([github], json({}));
  const proxy = await lab.proxy({ secrets, args: ["--log-format", "json"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  const ids: string[] = [];
  {
    using client = await RawClient.tunnel(proxy.url, { target: github, ca });
    assert.equal((await client.get("/", host)).status, 200);
    ids.push(named(await client.get("/", "Host: other.example\r\n")));
    await client.send("HEAD / HTTP/1.1\r\nHost: other.example\r\n\r\n");
    ids.push(named(await client.receive({ method: "HEAD" })));
  }
  {
    using client = await RawClient.connect(proxy.url);
    await client.send("CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n");
    ids.push(named(await client.receive({ method: "CONNECT" })));
  }
  const exchanges = await waitForAudit(proxy, { kind: "exchange", count: 3 });
  const tunnels = await waitForAudit(proxy, { kind: "tunnel", count: 2 });
  const audited = [...exchanges, ...tunnels].filter(({ decision }) => decision === "deny");
  assert.deepEqual(audited.map(({ id }) => id).sort(), [...ids].sort());
  await waitUntil(() => ids.every((id) => proxy.stderr.includes(`"refused","id":"${id}"`)), {
    what: "the log names each refusal",
  });
  await proxy.stop();
  for (const line of objects(proxy.stderr)) {
    const keys = Object.keys(line);
    if (typeof line["level"] === "string") {
      assert.deepEqual(keys.slice(0, 3), ["level", "time", "message"]);
      assert.match(line["level"], /^(info|warn|error)$/);
    } else assert.deepEqual(keys.slice(0, 3), ["time", "id", "kind"]);
  }
  const [refused] = objects(proxy.stderr).filter(({ message }) => message === "refused");
  const { level, time, reason, client, ...rest } = refused ?? {};
  assert.equal(level, "warn");
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(String(reason), /other\.example/);
  assert.match(String(client), /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(rest, {
    message: "refused",
    id: ids[0],
    kind: "misdirected_request",
    method: "GET",
    authority: github,
  });
});

Deno.test("an answer that is cut has the name of its audit line in the log", async () => {
  await using lab = await Lab.create();
  await lab.upstream([github], killMidResponse);
  const proxy = await lab.proxy({ secrets, args: ["--log-format", "json"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: github, ca });
  await assert.rejects(client.get("/", host));
  const [line] = await waitForAudit(proxy, { kind: "exchange", count: 1 });
  await waitUntil(() => proxy.stderr.includes(`"message":"cut","id":"${line?.id}"`), {
    what: "the log names it",
  });
});
