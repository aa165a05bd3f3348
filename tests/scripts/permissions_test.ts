import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { packedRunFlags, permissionFlags, v8Flags } from "../../scripts/permissions.ts";

Deno.test("permissionFlags are those of the task start, which asks for no more", () => {
  const flags = project.tasks.start.split(" ").filter((word) => word.startsWith("--allow-"));
  assert.deepEqual(flags, permissionFlags);
});

Deno.test("v8Flags are those of the task start, and of the packed program", () => {
  assert.ok(project.tasks.start.split(" ").includes(v8Flags));
  assert.ok(packedRunFlags.includes(v8Flags));
});
