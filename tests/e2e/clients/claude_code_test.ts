/**
 * The contract: Claude Code, in a clean home with what `auth-proxy env` prints and nothing else, answers
 * a prompt. The real key is seen by the API alone.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../../support/assert_injected.ts";
import { clientVariables } from "../../support/client_variables.ts";
import { startProgram } from "../../support/clients.ts";
import { Lab } from "../../support/lab.ts";
import { messagesApi } from "../../support/messages_api.ts";
import { linuxX64Package, nodePackage } from "../../support/node_package.ts";
import { runProxyToExit } from "../../support/proxy_process.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { type Requirement, testWith } from "../../support/tools.ts";

/** The package with the program; `@anthropic-ai/claude-code` only chooses between such ones. */
const specifier = "@anthropic-ai/claude-code-linux-x64@2.1.331";
const key = "sk-ant-api03-real-credential-of-the-host-0123456789";

/** What every client has a second run for. */
const clientRows: Requirement = () =>
  Deno.env.get("E2E_CLIENT_ROWS") === "1" ? undefined : "E2E_CLIENT_ROWS is not 1";

const egress = "egress: { default: deny }\n";

testWith("Claude Code answers a prompt under auth-proxy run, in a clean home", {
  needs: [linuxX64Package(specifier)],
  fn: async () => {
    await using lab = await Lab.create();
    await using dir = await TempDir.create();
    const api = await lab.upstream(["api.anthropic.com:443"], messagesApi(["Hi ", "there"]));
    const config = await lab.dir.write("auth-proxy.yaml", egress);
    const secrets = await lab.dir.write("secrets.env", `ANTHROPIC_API_KEY=${key}\n`);
    const { code, stdout, stderr } = await runProxyToExit([
      ...["run", "--ca-dir", dir.join("ca"), "--env-file", secrets, "--config", config],
      ...[...lab.args, "--", `${await nodePackage(specifier)}/claude`, "-p", "say hi"],
    ], { dir, env: { PATH: Deno.env.get("PATH") ?? "" } });
    assert.equal(code, 0, `${stdout}${stderr}`);
    assert.equal(stdout, "Hi there\n");
    assertInjected(api, { name: "x-api-key", value: key });
    assert.ok(!(stdout + stderr).includes(key));
  },
});

testWith("Claude Code answers a prompt with the variables alone", {
  needs: [linuxX64Package(specifier), clientRows],
  fn: async () => {
    await using lab = await Lab.create();
    await using home = await TempDir.create();
    const api = await lab.upstream(
      ["api.anthropic.com:443"],
      messagesApi(["Hi ", "from ", "behind ", "the proxy"]),
    );
    // The program would call on others, too, where there is an internet.
    const config = await lab.dir.write("auth-proxy.yaml", egress);
    const proxy = await lab.proxy({
      secrets: { ANTHROPIC_API_KEY: key },
      args: ["--config", config],
    });
    const variables = await clientVariables(proxy, ["--env-file", proxy.dir.join("secrets.env")]);
    const placeholder = variables.ANTHROPIC_API_KEY ?? "";
    assert.match(placeholder, /^sk-ant-api03-/);
    assert.notEqual(placeholder, key);

    await using claude = startProgram([`${await nodePackage(specifier)}/claude`, "-p", "say hi"], {
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: home.path, ...variables },
      dir: home,
    });
    const { code, stdout, stderr } = await claude.waitForExit();
    assert.equal(code, 0, `${stdout}${stderr}\nThe proxy says:\n${proxy.stderr}`);
    assert.equal(stdout, "Hi from behind the proxy\n");

    assertInjected(api, { name: "x-api-key", value: key });
    assert.ok(api.requests.some(({ path }) => path === "/v1/messages"));
    const seen = JSON.stringify(api.requests.map(({ target, fields }) => [target, fields]));
    assert.ok(!seen.includes(placeholder), "the placeholder stays behind");
    assert.ok(!(stdout + stderr + JSON.stringify(variables)).includes(key));
  },
});
