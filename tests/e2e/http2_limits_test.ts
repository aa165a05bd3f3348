/**
 * The contract: what one client holds is bounded, over however many connections and streams; requests
 * at a time on one connection count like connections.
 */

import assert from "node:assert/strict";
import { errorCodes } from "../../src/wire/http2/http2_error.ts";
import { Http2Client } from "../support/http2_client.ts";
import { reset } from "../support/http2_frames.ts";
import { answerText } from "../support/http2_upstream.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { waitUntil } from "../support/wait_until.ts";

const secrets = { GITHUB_TOKEN: "ghp_real_0123456789" };
const target = "api.github.com:443";

Deno.test("a client's requests at a time count like its connections, and the next one is refused", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.http2Upstream([target], async (stream, peer) => {
    if (stream.value(":path") === "/ok") await answerText("ok")(stream, peer);
  });
  const limit = ["--limit", "max-connections-per-client=4", "--limit", "max-streams=3"];
  const proxy = await lab.proxy({ secrets, args: limit });
  const ca = await Deno.readTextFile(proxy.caFile);
  using first = await Http2Client.tunnel(proxy.url, { target, ca });
  using second = await Http2Client.tunnel(proxy.url, { target, ca });
  const silent = async (client: Http2Client) =>
    await client.request(client.lines("GET", "/silent"));
  const held = [await silent(first), await silent(first), await silent(second)];
  await waitUntil(() => upstream.streams.length === 3, { what: "three are under way" });
  // Two connections, and one request more on the first than it has connections.
  const fourth = await silent(second);
  await waitUntil(() => upstream.streams.length === 4, { what: "four are under way" });
  for (const client of [first, second]) {
    const refused = await client.over(await silent(client));
    assert.deepEqual([refused.head, refused.resetCode], [undefined, errorCodes.refused_stream]);
  }
  // Whoever comes over another connection is refused too, as everything is at work.
  await assert.rejects(RawClient.tunnel(proxy.url, { target, ca }), /answered with 503/);
  await second.send(reset(fourth, errorCodes.cancel));
  await waitUntil(() => upstream.streams.some(({ resetCode }) => resetCode !== undefined), {
    what: "one has been given up",
  });
  assert.equal((await second.get("/ok")).body, "ok");
  await first.send(...held.slice(0, 2).map((id) => reset(id, errorCodes.cancel)));
  await waitUntil(
    async () => (await second.over(await second.request(second.lines("GET", "/ok")))).body === "ok",
    { what: "there is room again" },
  );
  assert.equal(first.goAway, undefined);
});

Deno.test("a connection that merely waits makes room for a request on another", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.http2Upstream([target], () => {});
  const proxy = await lab.proxy({ secrets, args: ["--limit", "max-connections-per-client=2"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  using idle = await Http2Client.tunnel(proxy.url, { target, ca });
  using client = await Http2Client.tunnel(proxy.url, { target, ca });
  for (let turn = 0; turn < 2; turn++) await client.request(client.lines("GET", "/"));
  await waitUntil(() => upstream.streams.length === 2, { what: "both are under way" });
  await idle.waitUntilClosed();
});
