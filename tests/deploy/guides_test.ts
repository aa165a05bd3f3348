/**
 * The contract: the commands of the guides exist, with these options; their configuration files are
 * accepted, and their firewall rules too.
 */

import assert from "node:assert/strict";
import { readConfigFile } from "../../src/config/config_file.ts";
import { serviceOptions } from "../../src/services/service_options.ts";
import { networkNamespaces } from "../support/network_namespace.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";
import { textOf } from "./deploy_files.ts";

const commandLine = [
  ...["program.ts", "start_options.ts", "agent_commands.ts", "document_commands.ts"],
];
const sources = await Promise.all(commandLine.map((file) => textOf(`src/cli/${file}`)));
const known = new Set(sources.join("").match(/(?<=["`])--[a-z][a-z-]*/g));
const commands = new Set(
  [...sources.join("").matchAll(/\.command\("([a-z-]+)/g)].map(([, name = ""]) => name),
);

/** Not a user, a namespace or a release of that name. */
const invocation = /(?<!-[nu] |install )(?<=^|[ (])auth-proxy ((?:[a-z]|--).*)/;

const folder = new URL("../../docs/", import.meta.url);
const guides = (await Array.fromAsync(Deno.readDir(folder)))
  .map(({ name }) => name)
  // Written from a table.
  .filter((name) => name.endsWith(".md") && name !== "clients.md")
  .sort();
assert.ok(known.has("--env-file") && commands.has("run") && guides.includes("docker.md"));

/** The blocks of a language in a guide. */
async function blocksIn(guide: string, language: string): Promise<string[]> {
  const blocks = (await textOf(`docs/${guide}`)).matchAll(/```(\w+)\n([\s\S]*?)```/g);
  return [...blocks].filter(([, name]) => name === language).map(([, , text = ""]) => text);
}

for (const guide of guides) {
  Deno.test(`docs/${guide} gives auth-proxy commands and options that it has`, async () => {
    const scripts = (await blocksIn(guide, "sh")).join("");
    for (const line of scripts.replaceAll(/\\\n\s*/g, "").split("\n")) {
      const [, ours = ""] = invocation.exec(line) ?? [];
      const [untilEnd = ""] = ours.split(/ -- | [>|;#]/);
      for (const flag of untilEnd.match(/(?<= |^)--[a-z][a-z-]*/g) ?? []) {
        assert.ok(known.has(flag), `${flag} in ${line}`);
      }
      const [command = ""] = untilEnd.match(/^[a-z][a-z-]*/) ?? [];
      assert.ok(command === "" || commands.has(command), `${command} in ${line}`);
    }
  });

  Deno.test(`docs/${guide} has configuration files that are accepted`, async () => {
    await using dir = await TempDir.create();
    for (const text of await blocksIn(guide, "yaml")) {
      if (!text.startsWith("# auth-proxy.yaml\n")) continue;
      const path = await dir.write("auth-proxy.yaml", text);
      const { problems } = await readConfigFile(path, serviceOptions());
      assert.deepEqual(problems, [], text);
    }
  });

  Deno.test(`docs/${guide} leads to files and headings that are there`, async () => {
    const links = (await textOf(`docs/${guide}`)).matchAll(
      /\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g,
    );
    for (const [, link = "", anchor] of links) {
      const target = new URL(link === "" ? guide : link, folder);
      assert.ok(await Deno.stat(target).catch(() => undefined), link);
      if (anchor === undefined) continue;
      const headings = (await Deno.readTextFile(target)).matchAll(/^#+ (.+)$/gm);
      const anchors = [...headings].map(([, heading = ""]) => anchorOf(heading));
      assert.ok(anchors.includes(anchor), `${link}#${anchor}`);
    }
  });
}

/** The name by which GitHub lets a heading be linked to. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

Deno.test("adding-a-service.md has expectations that its configuration meets", async () => {
  await using dir = await TempDir.create();
  const blocks = await blocksIn("adding-a-service.md", "yaml");
  const fileOf = async (name: string) => {
    const text = blocks.find((block) => block.startsWith(`# ${name}\n`)) ?? "";
    return await dir.write(name, text);
  };
  await dir.write("secrets.env", "NEWSERVICE_TOKEN=secret-0123456789\n");
  const [config, tests] = [await fileOf("auth-proxy.yaml"), await fileOf("policy-tests.yaml")];
  const { code, stdout, stderr } = await runProxyToExit(["test", tests, "--config", config], {
    dir,
  });
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^3 passed, 0 failed$/m);
});

testWith("transparent.md has rules that nft takes", {
  needs: [networkNamespaces, tool("nft"), tool("unshare")],
  fn: async () => {
    await using dir = await TempDir.create();
    const blocks = await blocksIn("transparent.md", "nft");
    assert.equal(blocks.length, 3);
    for (const text of blocks) {
      // A user that is on every machine, in the place of the reader's.
      const path = await dir.write("rules.nft", text.replaceAll('skuid "agent"', 'skuid "nobody"'));
      const { success, stderr } = await new Deno.Command("unshare", {
        args: ["--net", "nft", "-f", path],
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr) + text);
    }
  },
});
