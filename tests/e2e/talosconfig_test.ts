/**
 * The contract: a Talos endpoint is shown the client certificate of the context that was named, with
 * no field added; calls that give out credentials are refused; the container's file has none.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { CertificateServer, fingerprintOf } from "../support/certificate_server.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TestRoot } from "../support/test_pki.ts";

const authority = "talos.corp:50000";

async function world(args: readonly string[] = []) {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const root = await TestRoot.create("talos");
  const pair = await root.issue({ names: ["admin"], usage: "clientAuth" });
  const apid = await CertificateServer.listen({
    certificate: await root.issue({ names: ["talos.corp"] }),
    clientCa: root.pem,
  });
  lab.standIn([authority], { address: apid.address, server: apid });
  const context = { ca: btoa(root.pem), crt: btoa(pair.cert), key: btoa(pair.key) };
  const file = await lab.dir.write(
    "talosconfig",
    JSON.stringify({
      contexts: { prod: { endpoints: ["talos.corp"], nodes: ["10.0.0.5"], ...context } },
    }),
  );
  const flags = ["--talosconfig", file, "--talos-context", "prod"];
  const proxy = await lab.proxy({ args: [...flags, ...args] });
  const ca = await Deno.readTextFile(proxy.caFile);
  async function call(method: string) {
    using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
    await client.send(
      `POST ${method} HTTP/1.1\r\nHost: ${authority}\r\nAuthorization: Bearer clients-own\r\n` +
        "Content-Length: 0\r\n\r\n",
    );
    return await client.receive({ method: "POST" });
  }
  const owned = stack.move();
  return { lab, pair, apid, proxy, flags, call, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

Deno.test("a Talos endpoint knows the proxy by its client certificate, and gets no field", async () => {
  await using t = await world();
  const response = await t.call("/machine.MachineService/Version");
  assert.equal(response.status, 200, response.body);
  assert.deepEqual(
    t.apid.requests.map(({ fingerprint, headers }) => [fingerprint, headers["authorization"]]),
    [[fingerprintOf(t.pair.cert), undefined]],
  );
});

Deno.test("calls to Talos that give out credentials are refused, unless allowed by name", async () => {
  await using t = await world(["--allow-endpoint", "talos-file"]);
  for (
    const method of ["Kubeconfig", "GenerateClientConfiguration", "GenerateConfiguration"]
  ) {
    assertRefused(await t.call(`/machine.MachineService/${method}`), { status: 403 });
  }
  assert.equal(t.apid.requests.length, 0);
  assert.equal((await t.call("/machine.MachineService/Read")).status, 200);
});

Deno.test("`auth-proxy talosconfig` prints names, endpoints, nodes and our CA, and no credential", async () => {
  await using t = await world();
  const printed = await runProxyToExit(["talosconfig", ...t.flags, "--ca-dir", t.proxy.caDir], {
    dir: t.lab.dir,
  });
  assert.equal(printed.code, 0, printed.stderr);
  const ca = btoa(await Deno.readTextFile(t.proxy.caFile));
  assert.equal(
    printed.stdout,
    "context: prod\ncontexts:\n  prod:\n    endpoints:\n      - talos.corp\n    nodes:\n" +
      `      - 10.0.0.5\n    ca: ${ca}\n`,
  );
});
