/**
 * The contract: the commands of the guides exist, with these options.
 */

import assert from "node:assert/strict";
import { textOf } from "./deploy_files.ts";

const commandLine = ["program.ts", "start_options.ts", "agent_commands.ts"];
const sources = await Promise.all(commandLine.map((file) => textOf(`src/cli/${file}`)));
const known = new Set(sources.join("").match(/(?<=["`])--[a-z][a-z-]*/g));

for (const guide of ["docker", "kubernetes", "systemd"]) {
  Deno.test(`docs/${guide}.md gives auth-proxy options that it has`, async () => {
    const text = await textOf(`docs/${guide}.md`);
    const scripts = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script = ""]) => script);
    const lines = scripts.join("").replaceAll(/\\\n\s*/g, "").split("\n");
    let seen = 0;
    for (const line of lines) {
      const [, ours = ""] = /(?:^|[ (])auth-proxy ((?:env|agent|start|--).*)/.exec(line) ?? [];
      const flags = ours.split(/[>|;]/)[0]?.match(/(?<= |^)--[a-z][a-z-]*/g) ?? [];
      for (const flag of flags) assert.ok(known.has(flag), `${flag} in ${line}`);
      seen += flags.length;
    }
    assert.ok(seen > 0);
  });
}
