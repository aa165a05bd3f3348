/**
 * The contract: many calls and long ones pass without a single error, and cost the proxy no memory.
 */

import { GrpcWorld, ruleSite, talosSite } from "../support/grpc/grpc_world.ts";
import { MemoryWatch } from "../support/memory_watch.ts";
import { testWith, tool } from "../support/tools.ts";

const allowedGrowth = 64 * 1024 * 1024;
const manyCalls = "2,000 unary calls, 100 at a time";
const longStream = "a stream of 256 MiB";

// Both ways to a service, by Deno's TLS and by node's: one under many calls, one under a long stream.
testWith(`2,000 gRPC calls to ${ruleSite.name}, 100 at a time, pass in constant memory`, {
  needs: [tool("node")],
  fn: async () => {
    await using world = await GrpcWorld.create(ruleSite);
    // The heap grows to its size at work once.
    for (let turn = 0; turn < 2; turn++) await world.runOne(manyCalls);
    await using memory = await MemoryWatch.start(world.proxy);
    await world.runOne(manyCalls);
    await memory.assertGrowthBelow(allowedGrowth);
  },
});

testWith(`a long gRPC stream from ${talosSite.name} passes in constant memory`, {
  needs: [tool("node")],
  fn: async () => {
    await using world = await GrpcWorld.create(talosSite);
    await world.runOne(longStream);
    await using memory = await MemoryWatch.start(world.proxy);
    await world.runOne(longStream);
    await memory.assertGrowthBelow(allowedGrowth);
  },
});

testWith("a gRPC server that ends its connections again and again loses no call", {
  needs: [tool("node")],
  fn: async () => {
    await using world = await GrpcWorld.create({
      ...ruleSite,
      serverOptions: {
        "grpc.max_connection_age_ms": 500,
        "grpc.max_connection_age_grace_ms": 20_000,
      },
    });
    await world.runOne(manyCalls);
  },
});
