import assert from "node:assert/strict";
import { readTalosconfigs } from "../../src/config/talosconfigs.ts";
import { TempDir } from "../support/temp_dir.ts";
import { TestRoot } from "../support/test_pki.ts";

const root = await TestRoot.create("talos");
const pair = await root.issue({ names: ["admin"], usage: "clientAuth" });
const another = await root.issue({ names: ["admin"], usage: "clientAuth" });

const good = {
  endpoints: ["10.0.0.2"],
  ca: btoa(root.pem),
  crt: btoa(pair.cert),
  key: btoa(pair.key.replaceAll(" PRIVATE KEY", " ED25519 PRIVATE KEY")),
};

async function read(context: unknown, contexts: readonly string[] = ["prod"]) {
  await using dir = await TempDir.create();
  const text = JSON.stringify({ context: "prod", contexts: { prod: context } });
  const path = await dir.write("config", text);
  const { accesses, problems } = await readTalosconfigs({ files: [path], contexts });
  const lines = problems.map(({ where, message }) =>
    `${where}: ${message}`.replaceAll(`${dir.path}/`, "")
  );
  const keyLine = pair.key.split("\n")[1] ?? "";
  assert.ok(!(Deno.inspect(accesses, { depth: 9 }) + lines.join()).includes(keyLine));
  return { accesses, lines };
}

Deno.test("readTalosconfigs() reads endpoints, trust and the client certificate", async () => {
  const endpoints = [
    "10.0.0.2",
    "Talos.Corp:50001",
    "fd00::2",
    "[fd00::3]:6000",
    "https://lb.corp",
  ];
  const { accesses, lines } = await read({ ...good, endpoints, nodes: ["10.0.0.5"], auth: {} });
  assert.deepEqual(lines, []);
  const [access] = accesses;
  assert.deepEqual(access?.hosts.map(({ kind, host, port }) => `${kind} ${host} ${port}`), [
    "exact 10.0.0.2 50000",
    "exact talos.corp 50001",
    "exact fd00::2 50000",
    "exact fd00::3 6000",
    "exact lb.corp 443",
  ]);
  assert.equal(access?.trustAnchors, root.pem.trimEnd());
  assert.equal(access?.credential.kind, "fixed");
  assert.deepEqual(access?.shown, { endpoints, nodes: ["10.0.0.5"] });
});

const refusals: [what: string, context: unknown, said: RegExp][] = [
  ["no endpoints", { ...good, endpoints: [] }, /the context "prod": it has no endpoints$/],
  ["a scheme in clear", { ...good, endpoints: ["grpc://a.b"] }, /grpc:\/\/ is not supported/],
  ["a malformed endpoint", { ...good, endpoints: ["a b"] }, /Cannot use endpoints of the context/],
  ["no certificate", { endpoints: ["a.b"] }, /it has no credential; crt: and key: are missing$/],
  ["half a pair", { ...good, key: "" }, /a client certificate needs crt and key$/],
  ["another's key", { ...good, key: btoa(another.key) }, /Cannot use crt: the client key does not/],
  ["what is no base64", { ...good, crt: "%%%" }, /Cannot read crt: it is no base64 of a text$/],
  ["a broken CA", { ...good, ca: btoa("x") }, /Cannot use ca: it holds no certificate/],
  [
    "Basic",
    { ...good, auth: { basic: { username: "a" } } },
    /Cannot use basic of the context "prod"/,
  ],
  ["SideroLink", { ...good, auth: { siderov1: { identity: "a" } } }, /Cannot use siderov1 of/],
  ["a proxy", { ...good, "proxy-url": "http://p" }, /Cannot use proxy-url of/],
  ["the old target", { ...good, target: "a.b" }, /Talos has replaced it; write endpoints/],
];

for (const [what, context, said] of refusals) {
  Deno.test(`readTalosconfigs() refuses ${what}`, async () => {
    const { accesses, lines } = await read(context);
    assert.equal(accesses.length, 0);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", said);
  });
}

Deno.test("readTalosconfigs() takes no context that was not named", async () => {
  assert.match((await read(good, [])).lines[0] ?? "", /--talos-context NAME .*; there are prod$/);
  assert.match(
    (await read(good, ["prd"])).lines[0] ?? "",
    /^--talos-context prd: .*did you mean prod/,
  );
});
