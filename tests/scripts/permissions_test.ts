import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { permissionFlags } from "../../scripts/permissions.ts";

Deno.test("permissionFlags are those of the task start, which asks for no more", () => {
  const flags = project.tasks.start.split(" ").filter((word) => word.startsWith("--allow-"));
  assert.deepEqual(flags, permissionFlags);
});
