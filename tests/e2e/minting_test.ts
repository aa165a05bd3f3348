/**
 * The contract: through the proxy a client gets no credential of its own, however it spells the
 * request for one; what the operator allows by name passes, and so does everything else.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { json } from "../support/upstream_scripts.ts";

const secrets = { GITHUB_TOKEN: "ghp_real", GITLAB_TOKEN: "glpat-real" };

async function world(args: readonly string[] = [], host = "api.github.com") {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const authority = `${host}:443`;
  const upstream = await lab.upstream([authority], json({}));
  const proxy = await lab.proxy({ secrets, args: [...args] });
  const ca = await Deno.readTextFile(proxy.caFile);
  async function ask(requestLine: string, fields = "") {
    using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
    await client.send(
      `${requestLine} HTTP/1.1\r\nHost: ${host}\r\n${fields}Content-Length: 0\r\n\r\n`,
    );
    return await client.receive({ method: requestLine.split(" ")[0] ?? "" });
  }
  const owned = stack.move();
  return { upstream, ask, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

Deno.test("a deploy key cannot be made, however the path or the method is spelt", async () => {
  await using t = await world();
  const spellings = [
    "/repos/o/r/keys",
    "/repos/o/r/keys/",
    "/REPOS/o/r/KEYS",
    "/repos/o/r/%6beys",
    "/repos/o/r/%256beys",
    "/repos/o/r%2Fkeys",
    "/repos/o/r/x/../keys",
    "/repos/o/r/x/%2e%2e/keys",
    "/repos/o/r;x=y/keys;z",
    "/repos//o/r//keys",
    "/repos\\o\\r\\keys",
    "/repos/o/r/keys?a=b",
  ];
  for (const path of spellings) {
    assertRefused(await t.ask(`POST ${path}`), { status: 403 });
  }
  assertRefused(await t.ask("GET /repos/o/r/keys", "X-HTTP-Method-Override: POST\r\n"), {
    status: 403,
  });
  assertRefused(await t.ask("POST /repos/o/r/%zz"), { status: 400 });
  assert.equal(t.upstream.receivedBytes, 0);
});

Deno.test("what mints nothing passes as it came", async () => {
  await using t = await world();
  for (
    const line of ["GET /repos/o/r/keys", "POST /repos/o/r/issues", "POST /repos/o/r%2Fx/pulls"]
  ) {
    assert.equal((await t.ask(line)).status, 200, line);
  }
  const lines = t.upstream.requests.map(({ method, target }) => `${method} ${target}`);
  assert.equal(lines.at(-1), "POST /repos/o/r%2Fx/pulls");
});

Deno.test("--allow-endpoint lets one endpoint through, by its name, and no other", async () => {
  await using t = await world(["--allow-endpoint", "github-deploy-key"]);
  assert.equal((await t.ask("POST /repos/o/r/keys")).status, 200);
  assertRefused(await t.ask("POST /user/keys"), { status: 403 });
});

Deno.test("a form cannot pass for JSON, whose method is as it says", async () => {
  await using t = await world([], "gitlab.com");
  // Read by GET, these give out credentials; by POST, they are created.
  const line = "POST /api/v4/projects/1/variables";
  const isJson = "Content-Type: application/json\r\n";
  const isForm = "Content_Type: application/x-www-form-urlencoded\r\n";
  assertRefused(await t.ask(line), { status: 403 });
  assertRefused(await t.ask(line, isJson + isForm), { status: 403 });
  assertRefused(await t.ask(line, `${isJson}HTTP-Method-Override: GET\r\n`), { status: 403 });
  assertRefused(await t.ask(line, `${isJson}Connection: content-type\r\n`), { status: 400 });
  assert.equal(t.upstream.requests.length, 0);
  assert.equal((await t.ask(line, isJson)).status, 200);
});
