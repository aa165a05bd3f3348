/**
 * The contract: a release has what scripts/compile.ts can build, and each of its actions is pinned.
 */

import assert from "node:assert/strict";
import { documentsIn, type Manifest, textOf } from "./deploy_files.ts";

const text = await textOf(".github/workflows/release.yaml");
const [workflow] = documentsIn(text);

Deno.test("the release builds every target that compile knows, with the Deno of scripts/deno", async () => {
  const { include } = workflow.jobs.executables.strategy.matrix;
  const built = include.map(({ target }: Manifest) => target);
  const compile = await textOf("scripts/compile.ts");
  const known = compile.match(/"(x86_64|aarch64)-[^"]+"/g)?.map((each) => each.slice(1, -1));
  assert.deepEqual(built, known);
  assert.match(
    await textOf("scripts/deno"),
    new RegExp(`^version=${workflow.env.DENO_VERSION}$`, "m"),
  );
});

Deno.test("every action is pinned by a whole version or a commit, and no job may do more than it needs", () => {
  const uses = [...text.matchAll(/uses: (\S+)/g)].map(([, action = ""]) => action);
  assert.ok(uses.length > 10);
  for (const action of uses) assert.match(action, /@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/);
  assert.deepEqual(workflow.permissions, {});
  for (const [name, job] of Object.entries<Manifest>(workflow.jobs)) {
    assert.ok(job.permissions !== undefined, name);
    assert.equal(job.permissions.contents === "write", name === "release", name);
  }
});

Deno.test("no expression stands inside a script, where it would be run as code", () => {
  for (const job of Object.values<Manifest>(workflow.jobs)) {
    for (const { run = "" } of job.steps) assert.ok(!run.includes("${{"), run);
  }
});
