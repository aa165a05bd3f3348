/**
 * The contract: the gRPC of C (here Python's) passes as that of Node does, with no more than what
 * `auth-proxy env` prints.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { GrpcWorld, ruleSite, talosSite } from "../support/grpc/grpc_world.ts";
import { python, pythonModule, testWith, tool } from "../support/tools.ts";

const cases = [
  "unary_call",
  "streams",
  "ping_pong",
  "errors",
  "large_messages",
  "masked",
  "injected",
];

for (const site of [ruleSite, talosSite]) {
  testWith(`Python's grpcio calls ${site.name}`, {
    needs: [tool("node"), pythonModule("grpc")],
    fn: async () => {
      await using world = await GrpcWorld.create(site);
      const script = fileURLToPath(new URL("../support/grpc/client.py", import.meta.url));
      await using client = world.start([python, script, site.target]);
      const { code, stdout, stderr } = await client.waitForExit();
      assert.equal(stdout, cases.map((name) => `ok ${name}\n`).join(""), stderr);
      assert.equal(code, 0, stderr);
    },
  });
}
