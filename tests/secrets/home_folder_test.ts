import assert from "node:assert/strict";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { homeFolder } from "../../src/secrets/home_folder.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/tools.ts";

Deno.test("homeFolder() is this user's home", () => {
  assert.equal(homeFolder(), homedir());
});

testWith("homeFolder() is / for a user who is only a number, as in a container", {
  needs: [() => Deno.uid() === 0 ? undefined : "this needs root"],
  async fn() {
    await using folder = await TempDir.create();
    // What nobody else can reach is copied: Deno, and the module under test.
    const deno = folder.join("deno");
    await Deno.copyFile(Deno.execPath(), deno);
    const module = fileURLToPath(import.meta.resolve("../../src/secrets/home_folder.ts"));
    const text = await Deno.readTextFile(module);
    const script = await folder.write("home.ts", `${text}\nconsole.log(homeFolder());\n`, {
      mode: 0o644,
    });
    for (const path of [folder.path, deno]) await Deno.chmod(path, 0o755);
    const command = new Deno.Command(deno, {
      args: ["run", "-A", "--quiet", "--no-config", "--no-lock", script],
      clearEnv: true,
      env: { DENO_DIR: folder.join("cache"), NO_COLOR: "1" },
      cwd: folder.path,
      uid: 54321,
      gid: 54321,
    });
    const { stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    assert.equal(decoder.decode(stdout), "/\n", decoder.decode(stderr));
  },
});
