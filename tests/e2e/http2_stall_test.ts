/**
 * The contract: a stream that stands still, whoever stopped reading it, stops no other stream of its
 * connection, and costs little memory; it is whole once it goes on.
 */

import assert from "node:assert/strict";
import { host, Http2World, startNode } from "../support/http2/http2_world.ts";
import { MemoryWatch } from "../support/memory_watch.ts";
import { testWith, tool } from "../support/tools.ts";

/** Less than the stalled one has; most of it is what code and buffers take once. */
const allowedGrowth = 96 * 1024 * 1024;

for (
  const { direction, what } of [
    { direction: "down", what: "A download that its client stops reading" },
    { direction: "up", what: "An upload that its service stops reading" },
  ]
) {
  testWith(`${what} does not hold its siblings up`, {
    needs: [tool("node")],
    fn: async () => {
      await using world = await Http2World.create("Node");
      const ca = await Deno.readTextFile(world.proxy.caFile);
      await using memory = await MemoryWatch.start(world.proxy);
      await using client = startNode("stall_client.mjs", {
        order: { port: world.tunnelPort, host, ca, direction },
        lab: world.lab,
      });
      const { code, stdout, stderr } = await client.waitForExit();
      assert.equal(stdout, "siblings done\nstalled one done\n", stderr);
      assert.equal(code, 0, stderr);
      await memory.assertGrowthBelow(allowedGrowth);
    },
  });
}
