/** The page's modules are served as they are, so they are JavaScript: the compiler looks at them here. */

import assert from "node:assert/strict";
import { TempDir } from "../../support/temp_dir.ts";

const folder = new URL("../../../src/admin/dashboard/page/", import.meta.url);

/** A browser's globals in place of Deno's. */
const config = {
  compilerOptions: {
    checkJs: true,
    strict: true,
    noImplicitAny: false,
    noUncheckedIndexedAccess: true,
    lib: ["dom", "dom.iterable", "esnext"],
  },
};

Deno.test("the dashboard's modules fit together, and what browsers have", async () => {
  await using dir = await TempDir.create();
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .filter((name) => name.endsWith(".js"));
  assert.ok(names.length > 10);
  for (const name of names) await Deno.copyFile(new URL(name, folder), dir.join(name));
  const file = await dir.write("deno.json", JSON.stringify(config));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "check",
      "--quiet",
      "--no-lock",
      "--config",
      file,
      ...names.map((name) => dir.join(name)),
    ],
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});
