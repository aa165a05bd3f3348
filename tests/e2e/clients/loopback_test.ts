/** The contract: with what `auth-proxy env` prints a client still reaches the servers beside it. */

import assert from "node:assert/strict";
import { clientVariables } from "../../support/client_variables.ts";
import { startProgram } from "../../support/clients.ts";
import { Lab } from "../../support/lab.ts";
import { needsNodeWithProxy, nodeWithProxy } from "../../support/node_with_proxy.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { python, pythonModule, testWith, tool } from "../../support/tools.ts";
import { Upstream } from "../../support/upstream.ts";
import { json } from "../../support/upstream_scripts.ts";

/** Asks a server on loopback by each of its names; the proxy would refuse that. */
async function assertDirect(
  makeCommand: (url: string) => readonly string[] | Promise<readonly string[]>,
): Promise<void> {
  await using lab = await Lab.create();
  await using home = await TempDir.create();
  await using beside = Upstream.listen({ handler: json({ server: "beside" }) });
  const proxy = await lab.proxy();
  const variables = await clientVariables(proxy);
  const ask = async (url: string): Promise<string> => {
    await using client = startProgram(await makeCommand(url), {
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: home.path, ...variables },
      dir: home,
    });
    const { code, stdout, stderr } = await client.waitForExit();
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  for (const host of ["localhost", "127.0.0.1"]) {
    assert.match(await ask(`http://${host}:${beside.port}/`), /beside/);
  }
  assert.equal(beside.requests.length, 2);
}

testWith("curl goes to its own loopback by itself", {
  needs: [tool("curl")],
  fn: () => assertDirect((url) => ["curl", "-sS", "--fail", url]),
});

testWith("Python requests goes to its own loopback by itself", {
  needs: [pythonModule("requests")],
  fn: () =>
    assertDirect((url) => [python, "-c", `import requests; print(requests.get("${url}").text)`]),
});

testWith("Node's fetch goes to its own loopback by itself", {
  needs: [needsNodeWithProxy],
  fn: () =>
    assertDirect(async (url) => [
      await nodeWithProxy(),
      "-e",
      `fetch("${url}").then((response) => response.text()).then(console.log)`,
    ]),
});
