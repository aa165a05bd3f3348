import assert from "node:assert/strict";
import { describeRelease, importedBy, type LockFile } from "../../scripts/sbom.ts";

const integrity = `sha512-${btoa("x".repeat(64))}`;
const lock: LockFile = {
  version: "5",
  npm: {
    "@scope/a@1.0.0": { integrity, dependencies: ["b", "c@2.0.0"] },
    "b@3.0.0": { integrity },
    "c@1.0.0": { integrity },
    "c@2.0.0": { integrity, dependencies: ["@scope/a"] },
    "peered@1.0.0_b@3.0.0": { integrity },
    "test-only@1.0.0": { integrity },
  },
};
const release = { version: "1.2.3", denoVersion: "2.9.6", lock };

Deno.test("describeRelease() lists what is imported and what that needs, once, and nothing else", () => {
  const { components, dependencies, metadata } = describeRelease({
    ...release,
    direct: ["@scope/a@1.0.0", "peered@1.0.0_b@3.0.0"],
  });
  assert.equal(metadata.component.purl, "pkg:generic/auth-proxy@1.2.3");
  assert.deepEqual(components.map(({ purl }) => purl), [
    "pkg:github/denoland/deno@v2.9.6",
    "pkg:npm/%40scope/a@1.0.0",
    "pkg:npm/b@3.0.0",
    "pkg:npm/c@2.0.0",
    "pkg:npm/peered@1.0.0",
  ]);
  assert.deepEqual(components[1], {
    "bom-ref": "pkg:npm/%40scope/a@1.0.0",
    type: "library",
    group: "@scope",
    name: "a",
    version: "1.0.0",
    purl: "pkg:npm/%40scope/a@1.0.0",
    hashes: [{ alg: "SHA-512", content: "78".repeat(64) }],
  });
  const references = new Set([metadata.component, ...components].map((each) => each["bom-ref"]));
  for (const { ref, dependsOn } of dependencies) {
    assert.ok([ref, ...dependsOn].every((each) => references.has(each)), ref);
  }
});

Deno.test("describeRelease() says what it cannot tell", () => {
  const direct = ["@scope/a@1.0.0"];
  const describe = (change: Partial<LockFile>) => () =>
    describeRelease({ ...release, direct, lock: { ...lock, ...change } });
  assert.throws(describe({ version: "6" }), /version 6/);
  assert.throws(describe({ npm: {} }), /no @scope\/a@1\.0\.0/);
  const { "b@3.0.0": _, ...withoutB } = lock.npm;
  assert.throws(describe({ npm: withoutB }), /Cannot tell which b/);
  const weak = { ...lock.npm, "b@3.0.0": { integrity: "sha1-AAAA" } };
  assert.throws(describe({ npm: weak }), /hash of b@3\.0\.0: sha1/);
});

Deno.test("the program's own list has what it imports and no tool of the tests", async () => {
  const entry = new URL("../../main.ts", import.meta.url).pathname;
  const direct = await importedBy(entry);
  const lockText = await Deno.readTextFile(new URL("../../deno.lock", import.meta.url));
  const { components } = describeRelease({ ...release, lock: JSON.parse(lockText), direct });
  const names = components.map(({ name }) => name);
  for (const name of ["hono", "x509", "zod", "tslib"]) assert.ok(names.includes(name), name);
  for (const name of ["fast-check", "typescript", "ajv", "grpc-js", "undici"]) {
    assert.ok(!names.includes(name), name);
  }
});
