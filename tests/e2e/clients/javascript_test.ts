/** The contract: JavaScript's clients reach a service with what `auth-proxy env` prints alone. */

import { service, type Trial, tryTrial } from "../../support/client_trial.ts";
import { linkNodeModules, nodePackage } from "../../support/node_package.ts";
import { needsNodeWithProxy, nodeWithProxy } from "../../support/node_with_proxy.ts";
import { testWith, tool } from "../../support/tools.ts";

const fetchIt = `fetch("${service}/").then((response) => response.text()).then(console.log)`;

testWith("Node's fetch calls a service with the variables alone", {
  needs: [needsNodeWithProxy],
  fn: () =>
    tryTrial("Node fetch, http and https", async () => ({
      command: [await nodeWithProxy(), "-e", fetchIt],
    })),
});

testWith("Node's https calls a service with the variables alone", {
  needs: [needsNodeWithProxy],
  fn: () =>
    tryTrial("Node fetch, http and https", async () => ({
      command: [
        await nodeWithProxy(),
        "-e",
        `require("https").get("${service}/", (response) => response.pipe(process.stdout))`,
      ],
    })),
});

testWith("undici calls a service with the variables alone", {
  needs: [tool("node")],
  fn: () =>
    tryTrial("undici", async () => ({
      command: [
        "node",
        "-e",
        `const { EnvHttpProxyAgent, setGlobalDispatcher } = require(process.argv[1]);
         setGlobalDispatcher(new EnvHttpProxyAgent());
         ${fetchIt}`,
        await nodePackage("undici@6.29.1"),
      ],
    })),
});

testWith("axios calls a service with the variables alone", {
  needs: [tool("node")],
  fn: () =>
    tryTrial("axios", (): Trial => ({
      command: [
        "node",
        "--preserve-symlinks",
        "-e",
        `require("axios").get("${service}/").then(({ data }) => console.log(data.login))`,
      ],
      prepare: (home) => linkNodeModules(home, "axios@1.21.1"),
    })),
});

testWith("npm asks a registry with the variables alone", {
  needs: [tool("npm")],
  fn: () =>
    tryTrial("npm", () => ({
      command: ["npm", "view", "demo", "version", "--registry", `${service}/`],
      handler: (exchange) =>
        exchange.respondJson({
          name: "demo",
          "dist-tags": { latest: "1.2.3" },
          versions: { "1.2.3": { name: "demo", version: "1.2.3", dist: {} } },
        }),
      prints: /^1\.2\.3$/m,
    })),
});

Deno.test("Deno calls a service with the variables alone", () =>
  tryTrial("Deno", () => ({
    command: [Deno.execPath(), "run", "--allow-net", "--no-config", "main.ts"],
    files: { "main.ts": `console.log(await (await fetch("${service}/")).text());` },
  })));
