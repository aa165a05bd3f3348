/**
 * The contract: what streams through TLS in TLS passes in constant memory, even when the side that
 * should read it stands still.
 */

import assert from "node:assert/strict";
import { issueCertificate } from "../support/agent_command.ts";
import { startClient } from "../support/clients.ts";
import { Lab } from "../support/lab.ts";
import { MemoryWatch } from "../support/memory_watch.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { testWith, tool } from "../support/tools.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import { byPath, countUpload, download } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const mebibyte = 1024 * 1024;
const bodyBytes = 192 * mebibyte;
/** While nothing moves: a third of the body, as garbage of what has moved counts until it goes. */
const stalledGrowth = bodyBytes / 3;
/** Half of the body: who collected it would be seen. Garbage of the transfer counts, until it goes. */
const allowedGrowth = 96 * mebibyte;
/** Nothing has moved for so long: whoever sends is held back. */
const stillMs = 1500;

interface World extends AsyncDisposable {
  readonly proxy: ProxyProcess;
  readonly upstream: Upstream;
  /** Lets the upstream read on. */
  readonly goOn: () => void;
  curl(args: readonly string[]): ReturnType<typeof startClient>;
}

async function start(target: string, args: readonly string[]): Promise<World> {
  const lab = await Lab.create();
  const over = Promise.withResolvers<void>();
  const stallingUpload: Handler = async (exchange) => {
    const body = exchange.body();
    while (exchange.request.bodyBytes < mebibyte && !(await body.next()).done);
    await over.promise;
    await countUpload(exchange);
  };
  const upstream = await lab.upstream(
    [target],
    byPath({
      "/download": download(bodyBytes),
      "/warm-up": download(8 * mebibyte),
      "/warm-up-upload": countUpload,
      "/stalling-upload": stallingUpload,
    }),
  );
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: "ghp_real" },
    args: ["--listen-tls", "127.0.0.1:0", ...args],
  });
  const { cert, key } = await issueCertificate(proxy, "ci");
  const world: World = {
    proxy,
    upstream,
    goOn: over.resolve,
    curl: (more) =>
      startClient([
        ...["curl", "--silent", "--show-error", "--output", "/dev/null"],
        ...["--write-out", "%{http_code} %{size_download} %{size_upload}"],
        ...["--proxy", proxy.tlsUrl, "--proxy-cacert", proxy.caFile],
        ...["--proxy-cert", cert, "--proxy-key", key, "--cacert", lab.dir.join("cas.pem")],
        ...more,
      ], { proxy, dir: lab.dir, secrets: ["ghp_real"] }),
    [Symbol.asyncDispose]: async () => {
      over.resolve();
      await lab[Symbol.asyncDispose]();
    },
  };
  await lab.dir.write("cas.pem", lab.root.pem + await Deno.readTextFile(proxy.caFile));
  const small = await lab.dir.write("small", "x".repeat(4 * mebibyte));
  for (
    const more of [
      [`https://${target}/warm-up`],
      ["--upload-file", small, `https://${target}/warm-up-upload`],
    ]
  ) {
    await using client = world.curl(more);
    assert.equal((await client.waitForExit()).code, 0, client.stderr.text);
  }
  return world;
}

/** Resolves when the number has not grown for a while. */
async function untilStill(read: () => number): Promise<void> {
  let last = -1;
  let since = performance.now();
  await waitUntil(() => {
    const value = read();
    if (value !== last) {
      last = value;
      since = performance.now();
    }
    return value > 0 && performance.now() - since > stillMs;
  }, { what: "the sender is held back", deadlineMs: 60_000 });
}

const tunnels = {
  decrypted: "api.github.com:443",
  blind: "stranger.example.com:443",
};

for (const [what, target] of Object.entries(tunnels)) {
  testWith(`192 MiB come down a ${what} tunnel in TLS, to a client that stands still at first`, {
    needs: [tool("curl")],
    fn: async () => {
      await using world = await start(target, []);
      const { upstream, proxy } = world;
      await using memory = await MemoryWatch.start(proxy);
      await using client = world.curl([`https://${target}/download`]);
      const sent = () => upstream.requests.find(({ path }) => path === "/download")?.sentBytes ?? 0;
      await waitUntil(() => sent() > 0, { what: "the download has begun" });
      client.child.kill("SIGSTOP");
      await untilStill(sent);
      assert.ok(sent() < bodyBytes, "The proxy took the whole body though its client stood still");
      await memory.assertGrowthBelow(stalledGrowth);
      client.child.kill("SIGCONT");
      const { stdout, stderr } = await client.waitForExit();
      assert.equal(stdout, `200 ${bodyBytes} 0`, stderr);
      await memory.assertGrowthBelow(allowedGrowth);
    },
  });

  testWith(`192 MiB go up a ${what} tunnel in TLS, to an upstream that stands still at first`, {
    needs: [tool("curl")],
    fn: async () => {
      await using world = await start(target, []);
      const { upstream, proxy } = world;
      const body = proxy.dir.join("body");
      await Deno.writeTextFile(body, "");
      await Deno.truncate(body, bodyBytes);
      await using memory = await MemoryWatch.start(proxy);
      await using client = world.curl([
        "--upload-file",
        body,
        `https://${target}/stalling-upload`,
      ]);
      await untilStill(() => upstream.receivedBytes);
      await memory.assertGrowthBelow(stalledGrowth);
      assert.equal(client.exited, false, client.stderr.text);
      world.goOn();
      const { stdout, stderr } = await client.waitForExit();
      assert.match(stdout, new RegExp(`^200 \\d+ ${bodyBytes}$`), stderr);
      assert.equal(upstream.requests.at(-1)?.bodyBytes, bodyBytes);
      await memory.assertGrowthBelow(allowedGrowth);
    },
  });
}

for (const [what, target] of Object.entries(tunnels)) {
  testWith(`a client that resets a ${what} tunnel in TLS takes nobody else down`, {
    needs: [tool("curl")],
    fn: async () => {
      await using world = await start(target, []);
      const { upstream, proxy } = world;
      for (const path of ["/download", "/stalling-upload"]) {
        const upload = path === "/download" ? [] : ["--upload-file", "/dev/zero"];
        await using client = world.curl([...upload, `https://${target}${path}`]);
        const begun = () => upstream.requests.find((request) => request.path === path);
        await waitUntil(() => begun() !== undefined, { what: "the transfer has begun" });
        // With octets unread, its end is a reset.
        client.child.kill("SIGSTOP");
        await untilStill(() => upstream.receivedBytes + (begun()?.sentBytes ?? 0));
        client.child.kill("SIGKILL");
        await client.waitForExit();
        world.goOn();
        await upstream.waitUntilIdle();
        await using next = world.curl([`https://${target}/warm-up`]);
        assert.match((await next.waitForExit()).stdout, /^200 /);
      }
      proxy.assertNoCrash();
    },
  });
}
