/**
 * Each rule of the gate, broken once in an otherwise good tree.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { checkLayers } from "../../scripts/check_layers.ts";
import { TempDir } from "../support/temp_dir.ts";

/** A tree that follows every rule, each layer once. */
const good: Readonly<Record<string, string>> = {
  "main.ts": `import { run } from "./src/cli/run.ts";\nawait run();\n`,
  "src/cli/run.ts": `import { start } from "../app.ts";
export async function run() { const { version } = await import("./version.ts"); return start(version); }
`,
  "src/cli/version.ts": `export const version = "1";\n`,
  "src/app.ts": `import { load } from "./config/load.ts";
import { serve } from "./admin/serve.ts";
import { dial } from "./proxy/dial.ts";
export function start(text: string) { return [load(text), serve(), dial(), Deno.hostname()]; }
`,
  "src/config/load.ts": `import type { Dialled } from "../proxy/dial.ts";
import { parse } from "../wire/parse.ts";
export function load(text: string): Dialled | string { return parse(text); }
`,
  "src/admin/serve.ts": `import { table } from "../services/table.ts";
export function serve() { return table; }
`,
  "src/proxy/dial.ts": `import tls from "node:tls";
import { inject } from "../policy/inject.ts";
import { ProxyError } from "../errors.ts";
export type Dialled = string;
export function dial() {
  return [inject, ProxyError, tls.connect({ rejectUnauthorized: true }), Date.now()];
}
`,
  "src/services/table.ts": `export const table = [1];\n`,
  "src/ca/mint.ts": `export const mint = () => new Date();\n`,
  "src/observe/log.ts": `export const log = () => console.log("x");\n`,
  "src/policy/inject.ts": `import type { Secret } from "../secrets/secret.ts";
export function inject(secret: Secret): string { return secret.reveal(); }
`,
  "src/secrets/source_credentials.ts": `import type { Secret } from "./secret.ts";
export function header(secret: Secret): string { return secret.reveal(); }
`,
  "src/secrets/secret.ts":
    `export class Secret { #value = ""; reveal(): string { return this.#value; } }\n`,
  // Names of impure globals where they are something else: a member, a parameter, a type, a text.
  "src/wire/parse.ts": `import { ProxyError } from "../errors.ts";
interface Clock { fetch(): number; console: string }
export function parse(text: string, performance?: Clock): string {
  if (text === "Deno.exit") throw new ProxyError();
  const fetch = performance?.fetch() ?? 0;
  const console = { fetch, process: "setTimeout" };
  const { process: Deno } = console;
  return new Date(fetch).toISOString() + Deno + console.process + crypto.subtle;
}
`,
  "src/errors.ts": `export class ProxyError extends Error {}\n`,
};

async function messagesFor(changes: Readonly<Record<string, string>>): Promise<string[]> {
  await using folder = await TempDir.create();
  for (const [path, text] of Object.entries({ ...good, ...changes })) {
    await folder.makeDir(dirname(path));
    await folder.write(path, text);
  }
  return (await checkLayers(folder.path))
    .map(({ file, line, message }) => `${file}:${line} ${message}`);
}

Deno.test("checkLayers() accepts a tree that follows every rule", async () => {
  assert.deepEqual(await messagesFor({}), []);
});

const cases: readonly {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** The violation without its place, which is \`path\` and, unless told otherwise, line 2. */
  readonly message: string;
  readonly line?: number;
}[] = [
  {
    name: "an import of the layer above",
    path: "src/wire/bad.ts",
    text: `\nimport { Secret } from "../secrets/secret.ts";\nexport { Secret };\n`,
    message: "wire may not import secrets, which stands above it",
  },
  {
    name: "an import of a type from the layer above",
    path: "src/policy/bad.ts",
    text: `\nimport type { Dialled } from "../proxy/dial.ts";\nexport type X = Dialled;\n`,
    message: "policy may not import proxy, which stands above it",
  },
  {
    name: "a re-export of the layer above",
    path: "src/errors.ts",
    text:
      `export class ProxyError extends Error {}\nexport { table } from "./services/table.ts";\n`,
    message: "errors may not import services, which stands above it",
  },
  {
    name: "an import type of the layer above",
    path: "src/wire/bad.ts",
    text: `\nexport type X = import("../secrets/secret.ts").Secret;\n`,
    message: "wire may not import secrets, which stands above it",
  },
  {
    name: "a lazy import of the layer above",
    path: "src/proxy/lazy.ts",
    text: `\nexport const late = () => import("../app.ts");\n`,
    message: "proxy may not import app, which stands above it",
  },
  {
    name: "an import of a sibling",
    path: "src/ca/bad.ts",
    text: `\nimport { log } from "../observe/log.ts";\nexport { log };\n`,
    message: "ca may not import observe, which stands beside it",
  },
  {
    name: "config below app",
    path: "src/admin/bad.ts",
    text: `\nimport type { load } from "../config/load.ts";\nexport type X = typeof load;\n`,
    message: "admin may not import config, which stands above it",
  },
  {
    name: "code of the I/O shell in config",
    path: "src/config/bad.ts",
    text: `\nimport { dial } from "../proxy/dial.ts";\nexport { dial };\n`,
    message: "config may import only types from proxy",
  },
  {
    name: "a folder that is no layer",
    path: "src/utils/bad.ts",
    text: "export const x = 1;\n",
    message: "belongs to no layer",
    line: 1,
  },
  {
    name: "a file beside the layers",
    path: "src/wire.ts",
    text: "export const x = 1;\n",
    message: "belongs to no layer",
    line: 1,
  },
  {
    name: "an import from outside src",
    path: "src/ca/bad.ts",
    text: `\nimport "../../scripts/x.ts";\n`,
    message: "imports ../../scripts/x.ts, which belongs to no layer",
  },
  {
    name: "an import of a computed name",
    path: "src/cli/bad.ts",
    text: "\nexport const late = (name: string) => import(name);\n",
    message: "imports a computed name, which cannot be checked",
  },
  {
    name: "an import by address",
    path: "src/cli/bad.ts",
    text: `\nimport "https://example.com/x.ts";\n`,
    message: "imports https://example.com/x.ts, which is neither relative nor in the import map",
  },
  {
    name: "a node module in a pure layer",
    path: "src/wire/bad.ts",
    text: `\nimport { isIP } from "node:net";\nexport { isIP };\n`,
    message: "wire is pure and may not import node:net",
  },
  ...[
    ["Deno", "Deno.cwd()", "Deno"],
    ["Date.now", "Date.now()", "Date.now"],
    ["Date.now by index", `Date["now"]()`, "Date.now"],
    ["Date as a value", "[Date]", "Date as a value"],
    ["Date as a function", "Date()", "Date as a value"],
    ["new Date() without a time", "new Date()", "new Date() without a time"],
    ["performance", "performance.now()", "performance"],
    ["setTimeout", "setTimeout(String, 1)", "setTimeout"],
    ["console", "console", "console"],
    ["console as a shorthand", "({ console })", "console"],
    ["fetch", "fetch", "fetch"],
    [
      "crypto.getRandomValues",
      "crypto.getRandomValues(new Uint8Array(1))",
      "crypto.getRandomValues",
    ],
    ["Math.random", "Math.random()", "Math.random"],
    ["globalThis", "globalThis.Deno", "globalThis"],
    ["process", "process.env", "process"],
  ].map(([name, expression, use]) => ({
    name: `${name} in a pure layer`,
    path: "src/policy/bad.ts",
    text: `\nexport const x = () => ${expression};\n`,
    message: `policy is pure and may not use ${use}`,
  })),
  ...[
    ["revealed", "(s: Secret) => s.reveal()"],
    ["revealed through ?.", "(s?: Secret) => s?.reveal()"],
    ["revealed by index", `(s: Secret) => s["reveal"]()`],
    ["whose method is passed on", "(s: Secret) => s.reveal"],
    ["whose method is taken out", "({ reveal }: Secret) => reveal"],
    ["whose method is renamed", "({ reveal: show }: Secret) => show"],
  ].map(([how, expression]) => ({
    name: `a secret ${how} elsewhere`,
    path: "src/proxy/bad.ts",
    text: `import type { Secret } from "../secrets/secret.ts";\nexport const x = ${expression};\n`,
    message:
      "a secret is revealed only in src/policy/inject.ts and src/secrets/source_credentials.ts",
  })),
  {
    name: "an injector that reveals nothing",
    path: "src/policy/inject.ts",
    text: "export function inject(): string { return ''; }\n",
    message: "no secret is revealed here any more",
    line: 1,
  },
  ...[
    ["false", "({ rejectUnauthorized: false })"],
    ["false beside isServer: false", "({ isServer: false, rejectUnauthorized: false })"],
    ["computed", "(strict: boolean) => ({ rejectUnauthorized: strict })"],
    ["quoted", `({ "rejectUnauthorized": !1 })`],
    ["in brackets", `({ ["rejectUnauthorized"]: 0 })`],
    ["a shorthand", "(rejectUnauthorized: boolean) => ({ rejectUnauthorized })"],
    [
      "assigned",
      "(o: { rejectUnauthorized: boolean }) => { o.rejectUnauthorized = false; }",
    ],
    [
      "assigned by index",
      `(o: { rejectUnauthorized: boolean }) => { o["rejectUnauthorized"] = false; }`,
    ],
  ].map(([how, expression]) => ({
    name: `rejectUnauthorized that is ${how}`,
    path: "src/proxy/bad.ts",
    text: `\nexport const x = ${expression};\n`,
    message: "rejectUnauthorized is never anything but true",
  })),
];

for (const { name, path, text, message, line } of cases) {
  Deno.test(`checkLayers() refuses ${name}`, async () => {
    assert.deepEqual(await messagesFor({ [path]: text }), [`${path}:${line ?? 2} ${message}`]);
  });
}

Deno.test("checkLayers() lets a server do without clients' certificates", async () => {
  const text =
    "export const x = { isServer: true, requestCert: true, rejectUnauthorized: false };\n";
  assert.deepEqual(await messagesFor({ "src/proxy/good.ts": text }), []);
});

Deno.test("checkLayers() refuses files that import each other in a circle", async () => {
  const messages = await messagesFor({
    "src/ca/a.ts": `import { b } from "./b.ts";\nexport const a = () => b;\n`,
    "src/ca/b.ts": `import { c } from "./c.ts";\nexport const b = () => c;\n`,
    "src/ca/c.ts":
      `\nimport type { a } from "./a.ts";\nexport type C = typeof a;\nexport const c = 1;\n`,
  });
  assert.deepEqual(messages, [
    "src/ca/c.ts:2 closes an import cycle: src/ca/a.ts -> src/ca/b.ts -> src/ca/c.ts -> src/ca/a.ts",
  ]);
});
