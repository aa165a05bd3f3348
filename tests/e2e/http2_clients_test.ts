/**
 * The contract: real clients of HTTP/2 get through to real servers of HTTP/2, whatever they ask for;
 * what goes up and comes down is what was sent, to the octet.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { runClient } from "../support/clients.ts";
import { downloadOf, host, Http2World, type ServerKind } from "../support/http2/http2_world.ts";
import { type Requirement, testWith, tool } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";

const large = 64 * 1024 * 1024;
const url = `https://${host}`;
const servers: readonly { readonly kind: ServerKind; readonly needs: readonly Requirement[] }[] = [
  { kind: "nginx", needs: [tool("nginx")] },
  { kind: "Node", needs: [tool("node")] },
  { kind: "Deno", needs: [] },
];

function sha256(octets: Uint8Array): string {
  return createHash("sha256").update(octets).digest("hex");
}

/** What curl prints; throws unless it spoke HTTP/2. */
async function curl(world: Http2World, args: readonly string[]): Promise<string> {
  const options = ["-sS", "--http2", "--suppress-connect-headers"];
  const command = ["curl", ...options, "-w", "\n%{http_code} HTTP/%{http_version}", ...args];
  const { stdout } = await runClient(command, world.client);
  assert.match(stdout, / HTTP\/2$/);
  return stdout.replace(/ HTTP\/2$/, "");
}

/** Throws unless the service was spoken to in HTTP/2 alone, as the audit log has it. */
async function assertUpstreamProtocol(world: Http2World): Promise<void> {
  const protocols = () => world.proxy.stderr.match(/"alpn":"[^"]*"/g) ?? [];
  await waitUntil(() => protocols().length > 0, { what: "the exchange is in the audit log" });
  assert.deepEqual([...new Set(protocols())], ['"alpn":"h2"']);
}

for (const { kind, needs } of servers) {
  testWith(`curl --http2 gets and sends what it likes with ${kind}`, {
    needs: [...needs, tool("curl")],
    fn: async () => {
      await using world = await Http2World.create(kind);
      assert.equal(await curl(world, [`${url}/small`]), '{"small":true}\n200');
      const head = await curl(world, ["--head", `${url}/small`]);
      assert.match(head, /^HTTP\/2 200 /);
      assert.match(head, /\n200$/);
      const [, etag = ""] = /^etag: (.+?)\r$/m.exec(head) ?? [];
      const condition = ["-H", `If-None-Match: ${etag}`];
      assert.equal(await curl(world, [...condition, `${url}/small`]), "\n304");
      assert.match(await curl(world, ["-d", "a=b", `${url}/upload`]), /"octets":"?3"?.*\n200$/);
      assert.match(await curl(world, [`${url}/nothing`]), /\n404$/);
      await assertUpstreamProtocol(world);
    },
  });

  testWith(`curl --http2 brings ${large} octets down and up with ${kind}, unchanged`, {
    needs: [...needs, tool("curl")],
    fn: async () => {
      await using world = await Http2World.create(kind, [large]);
      const file = world.lab.dir.join("down");
      await curl(world, ["-o", file, `${url}/download/${large}`]);
      assert.equal(sha256(await Deno.readFile(file)), sha256(downloadOf(large)));
      const noise = new Uint8Array(large);
      for (let at = 0; at < large; at += 65_536) {
        crypto.getRandomValues(noise.subarray(at, at + 65_536));
      }
      await Deno.writeFile(file, noise);
      const answer = await curl(world, ["-T", file, `${url}/upload`]);
      assert.match(answer, new RegExp(`"octets":"?${large}"?`));
      // nginx tells no hash.
      if (kind !== "nginx") assert.ok(answer.includes(sha256(noise)), answer);
    },
  });

  // nginx ends a connection after 1,000 requests, of which nobody is to notice anything.
  testWith(`h2load makes 5,000 requests to ${kind}, 200 at a time, and all succeed`, {
    needs: [...needs, tool("h2load")],
    fn: async () => {
      await using world = await Http2World.create(kind);
      const way = [`--connect-to=127.0.0.1:${world.tunnelPort}`, `${url}/small`];
      const { stdout } = await runClient(["h2load", "-c4", "-m50", "-n5000", ...way], world.client);
      assert.match(stdout, /^Application protocol: h2$/m);
      assert.match(stdout, /^status codes: 5000 2xx, 0 3xx, 0 4xx, 0 5xx$/m);
      assert.match(stdout, /5000 succeeded, 0 failed, 0 errored, 0 timeout/);
    },
  });

  testWith(`nghttp gets several resources of ${kind} on one connection`, {
    needs: [...needs, tool("nghttp")],
    fn: async () => {
      await using world = await Http2World.create(kind);
      const there = `https://127.0.0.1:${world.tunnelPort}/small`;
      const command = ["nghttp", "-v", "-m5", "-H", `:authority: ${host}`, there];
      const { stdout } = await runClient(command, world.client);
      assert.equal(stdout.match(/:status: 200/g)?.length, 5, stdout);
    },
  });
}

testWith("curl --http2 gets early hints and trailers", {
  needs: [tool("node"), tool("curl")],
  fn: async () => {
    await using world = await Http2World.create("Node");
    const hints = await curl(world, ["-i", `${url}/hints`]);
    assert.match(hints, /^HTTP\/2 103 \r\nlink: <\/style\.css>; rel=preload\r\n\r\nHTTP\/2 200 /);
    assert.match(hints, /after hints\n200$/);
    const trailers = await curl(world, ["-i", "-H", "TE: trailers", `${url}/trailers`]);
    assert.match(trailers, /with trailers.*x-checksum: abc/s);
  },
});

testWith("curl --http1.1 reaches a service that has HTTP/2 alone", {
  needs: [tool("node"), tool("curl")],
  fn: async () => {
    await using world = await Http2World.create("Node");
    const command = ["curl", "-sS", "--http1.1", "-w", " %{http_version}", "-d", "a=b"];
    const { stdout } = await runClient([...command, `${url}/upload`], world.client);
    assert.match(stdout, /^\{"octets":3,.*\} 1\.1$/);
    await assertUpstreamProtocol(world);
  },
});
