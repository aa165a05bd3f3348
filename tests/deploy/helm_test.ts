/**
 * The contract: the chart's templates read values that exist, every value is read, and the arguments
 * that they give the proxy are good. Helm itself is not run: what is checked is what is written.
 */

import assert from "node:assert/strict";
import { configOf, documentsIn, type Manifest, textOf } from "./deploy_files.ts";

const chart = "deploy/helm/auth-proxy";
const [values] = documentsIn(await textOf(`${chart}/values.yaml`));
const [about] = documentsIn(await textOf(`${chart}/Chart.yaml`));
const folder = new URL(`../../${chart}/templates/`, import.meta.url);
const templates = new Map<string, string>();
for await (const { name } of Deno.readDir(folder)) {
  templates.set(name, await textOf(`${chart}/templates/${name}`));
}
const deployment = templates.get("deployment.yaml") ?? "";

/** What `.Values.a.b` is; undefined if there is none. */
function valueAt(path: string): unknown {
  return path.split(".").reduce((inner: Manifest, key) => inner?.[key], values);
}

/** The paths of values that are read anywhere. */
const read = new Set(
  [...templates.values()].flatMap((text) => {
    return [...text.matchAll(/\.Values\.([A-Za-z0-9_.]+)/g)].map(([, path = ""]) => path);
  }),
);

Deno.test("every value that a template reads is in values.yaml", () => {
  assert.ok(read.size > 20);
  for (const path of read) {
    // One agent is the operator's to name.
    if (path !== "config.agents") assert.notEqual(valueAt(path), undefined, path);
  }
});

Deno.test("every value of values.yaml is read by a template, alone or with what is around it", () => {
  function walk(value: unknown, path: string): void {
    if (read.has(path)) return;
    assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), path);
    for (const [key, inner] of Object.entries(value)) {
      walk(inner, path === "" ? key : `${path}.${key}`);
    }
  }
  walk(values, "");
});

Deno.test("every block of a template ends, and every name that it includes is defined", () => {
  const helpers = templates.get("_helpers.tpl") ?? "";
  const defined = [...helpers.matchAll(/define "([^"]+)"/g)].map(([, name]) => name);
  for (const [file, text] of templates) {
    const actions = [...text.matchAll(/\{\{-?\s*(\w+)[^}]*\}\}/g)].map(([, word]) => word ?? "");
    const opened = actions.filter((word) => ["if", "with", "range", "define"].includes(word));
    const closed = actions.filter((word) => word === "end");
    assert.equal(opened.length, closed.length, file);
    assert.equal(text.split("{{").length, text.split("}}").length, file);
    for (const [, name] of text.matchAll(/include "([^"]+)"/g)) {
      assert.ok(defined.includes(name), `${file}: ${name}`);
    }
  }
});

/** The arguments of the container, with and without a shared agent token. */
function argumentsWith(agentToken: boolean): string[] {
  const [, block = ""] = /\n {10}args:\n([\s\S]*?)\n {10}ports:/.exec(deployment) ?? [];
  const conditional = /^ *\{\{- if .*\n([\s\S]*?)^ *\{\{- end \}\}\n/gm;
  return block.replace(conditional, agentToken ? "$1" : "").split("\n")
    .map((line) => line.trim().replace(/^- /, ""))
    .map((line) => line.replace(/\{\{ \.Values\.(\S+) \}\}/g, (_, path) => String(valueAt(path))));
}

for (const agentToken of [false, true]) {
  Deno.test(`the proxy's arguments are good, ${agentToken ? "with" : "without"} an agents' token`, () => {
    const config = configOf(argumentsWith(agentToken));
    assert.equal(config.agentTokenFile !== undefined, agentToken);
    assert.equal(config.allowUnauthenticated, false);
    assert.equal(config.listen.hostname, "0.0.0.0");
    assert.ok(config.givenCa !== undefined && config.adminTokenFile !== undefined);
    assert.ok(config.drainDelay >= 5000, "kube-proxy and load balancers lag");
    assert.match(
      deployment,
      /terminationGracePeriodSeconds: \{\{ add \.Values\.drainDelay \.Values\.drainTimeout 10 \}\}/,
    );
  });
}

Deno.test("what the proxy reads is mounted, read-only and for its group alone", () => {
  const mounts = [
    ...deployment.matchAll(/- name: (\w+)\n +mountPath: (\S+)\n( +readOnly: true)?/g),
  ];
  const folders = mounts.map(([, , path = ""]) => path);
  for (const arg of argumentsWith(true)) {
    const [, path = ""] = arg.split("=");
    if (!path.startsWith("/")) continue;
    assert.ok(folders.some((each) => path === each || path.startsWith(`${each}/`)), arg);
  }
  const writable = mounts.filter(([, , , readOnly]) => readOnly === undefined);
  assert.deepEqual(writable.map(([, name]) => name), ["state", "tmp"]);
  assert.equal(deployment.match(/secretName:/g)?.length, 4);
  assert.equal(deployment.match(/defaultMode: 256$/gm)?.length, 4);
});

Deno.test("the chart's version of the program is this one", async () => {
  const { version } = JSON.parse(await textOf("deno.json"));
  assert.deepEqual([about.appVersion, about.version], [version, version]);
});
