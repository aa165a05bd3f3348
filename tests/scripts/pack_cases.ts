/**
 * What the tests of the packed file share: a test with the packed stand-in, and what they assert.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TempDir } from "../support/temp_dir.ts";
import { type Requirement, testWith } from "../support/tools.ts";
import { type Finished, PackedFixture } from "./packed_fixture.ts";

const isLinux = Deno.build.os === "linux";
const onLinux = () => isLinux ? undefined : "only Linux is packed for";

const packed = isLinux ? await PackedFixture.create() : undefined;
Deno.test.afterAll(async () => await packed?.[Symbol.asyncDispose]());

/** A test that has the packed stand-in and a folder of its own. */
export function packTest(
  name: string,
  fn: (fixture: PackedFixture, folder: TempDir) => Promise<void>,
  needs: readonly Requirement[] = [],
): void {
  testWith(`pack() ${name}`, {
    needs: [onLinux, ...needs],
    fn: async () => {
      assert.ok(packed);
      await using folder = await TempDir.create();
      await fn(packed, folder);
    },
  });
}

/** The cache as a first start leaves it: its root, and the one folder in it. */
export async function cacheIn(
  fixture: PackedFixture,
  root: string,
): Promise<{ root: string; build: string }> {
  await fixture.copyCacheTo(root);
  const names = await namesIn(root);
  assert.equal(names.length, 1);
  return { root, build: `${root}/${names[0]}` };
}

export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

export function assertStarted({ code, stdout, stderr }: Finished): void {
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.equal(JSON.parse(stdout).eol, "\n");
}

/** Exit code 2, one line that says why, and nothing of the program has run. */
export function assertRefused({ code, stdout, stderr }: Finished, reason: RegExp): void {
  assert.match(stderr, reason);
  assert.match(stderr, /^auth-proxy: [^\n]+\n$/);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
}
