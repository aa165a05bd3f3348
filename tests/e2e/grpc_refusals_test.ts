/**
 * The contract: what the proxy refuses arrives as a status of gRPC with the reason, and the connection
 * stays good for other calls.
 */

import { assertPassed, credential, type GrpcSite, GrpcWorld } from "../support/grpc/grpc_world.ts";
import { testWith, tool } from "../support/tools.ts";

const site: GrpcSite = {
  injects: true,
  name: "a host of which a part is closed",
  target: "grpc.lab.example:443",
  settings: async (lab) => {
    lab.connectTo("gone.lab.example:443", `127.0.0.1:${closedPort()}`);
    const config = await lab.dir.write(
      "auth-proxy.yaml",
      `rules:
  - [grpc.lab.example, Authorization, LAB_TOKEN]
  - [gone.lab.example, Authorization, LAB_TOKEN]
egress:
  deny:
    - { host: grpc.lab.example, path: /lab.Lab/Echo }
    - { host: grpc.lab.example, path: /lab.Lab/Chat }
`,
    );
    const missing = ["--rule", "missing.lab.example,Authorization,MISSING_TOKEN"];
    return { args: ["--config", config, ...missing], secrets: { LAB_TOKEN: credential } };
  },
};

const cases: readonly { readonly name: string; readonly target?: string }[] = [
  { name: "a call that the egress policy denies" },
  { name: "a stream that the egress policy denies" },
  { name: "a call on the connection on which another has been refused" },
  { name: "a call whose credential is missing", target: "missing.lab.example:443" },
  { name: "a call to a service that is not there", target: "gone.lab.example:443" },
];

testWith("gRPC clients get the proxy's refusals as a status", {
  needs: [tool("node")],
  fn: async (test) => {
    await using world = await GrpcWorld.create(site);
    for (const { name, target } of cases) {
      await test.step(name, async () => assertPassed((await world.run([name], target))[0]));
    }
  },
});

/** A port of the loopback on which nobody listens. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
