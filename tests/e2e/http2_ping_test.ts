/**
 * The contract: a client that asks as much as its content moves is no flood.
 */

import assert from "node:assert/strict";
import { host, Http2World, startNode } from "../support/http2/http2_world.ts";
import { testWith, tool } from "../support/tools.ts";

const size = 512 * 1024 * 1024;

testWith("A client that sends a PING with every piece that arrives gets everything", {
  needs: [tool("node")],
  fn: async () => {
    await using world = await Http2World.create("Node");
    const ca = await Deno.readTextFile(world.proxy.caFile);
    await using client = startNode("ping_client.mjs", {
      order: { port: world.tunnelPort, host, ca, size },
      lab: world.lab,
    });
    const { code, stdout, stderr } = await client.waitForExit();
    assert.equal(code, 0, stderr.slice(-1000));
    const { octets, answered } = JSON.parse(stdout);
    console.log(`${answered} PINGs were answered`);
    assert.equal(octets, size);
  },
});
