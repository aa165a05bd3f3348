import assert from "node:assert/strict";
import { bundle } from "../../scripts/bundle.ts";
import { packedRunFlags } from "../../scripts/permissions.ts";
import { TempDir } from "../support/temp_dir.ts";

const entry = new URL("../../main.ts", import.meta.url).pathname;

Deno.test("bundle() makes a program that certificates can be made with", async () => {
  await using folder = await TempDir.create();
  const [main] = await bundle(entry, await folder.makeDir("bundle"));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", ...packedRunFlags, main],
      ...["client-cert", "agent-1", "--out", folder.join("out"), "--ca-dir", folder.join("ca")],
    ],
    stdin: "null",
    stdout: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});

Deno.test("bundle() leaves what is imported lazily to other modules", async () => {
  await using folder = await TempDir.create();
  const [, ...modules] = await bundle(entry, await folder.makeDir("bundle"));
  for (const name of ["program", "certificate_makers", "config_file", "metrics_registry"]) {
    assert.ok(modules.some((path) => path.includes(`/${name}-`)), name);
  }
});
