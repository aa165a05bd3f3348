/** The contract: the table is whole, and docs/clients.md says what is in it. */

import assert from "node:assert/strict";
import { clientsPage } from "../../scripts/clients_page.ts";
import type { Client } from "../../src/clients/client.ts";
import { clients } from "../../src/clients/client_table.ts";
import { clientVariables, valueOf } from "../../src/clients/client_variables.ts";

const rows: readonly Client[] = clients;

Deno.test("docs/clients.md is what `task clients-page` writes", async () => {
  assert.equal(await Deno.readTextFile("docs/clients.md"), clientsPage());
});

Deno.test("clients have names of their own, and each says how it finds and trusts the proxy", () => {
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  for (const { name, proxy, trust, beyond } of rows) {
    assert.ok(proxy.length > 0 && trust.length > 0 || beyond !== undefined, name);
  }
});

Deno.test("clientVariables has none that no client reads", () => {
  const read = new Set(rows.flatMap(({ proxy, trust }) => [...proxy, ...trust]));
  assert.deepEqual(clientVariables.filter((name) => !read.has(name)), []);
});

Deno.test("valueOf() gives Java host, port and truststore, never the agent's token", () => {
  const options = (proxyUrl: string, publicFolder = "/ca") =>
    valueOf("JAVA_TOOL_OPTIONS", { proxyUrl, publicFolder });
  const trust = "-Djavax.net.ssl.trustStore=/ca/truststore.p12 " +
    "-Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit";
  const proxy = (host: string, port: number) =>
    ["https", "http"].map((scheme) =>
      ` -D${scheme}.proxyHost=${host} -D${scheme}.proxyPort=${port}`
    ).join("");
  assert.equal(options("http://proxy:8080"), trust + proxy("proxy", 8080));
  assert.equal(
    options("http://ci:token@proxy:8080"),
    `${trust}${proxy("proxy", 8080)} -Djdk.http.auth.tunneling.disabledSchemes=`,
  );
  assert.equal(options("http://[2001:db8::1]"), trust + proxy("2001:db8::1", 80));
  assert.equal(options("https://proxy:8443"), trust);
  assert.match(
    options("https://proxy", "/a b") ?? "",
    /^"-Djavax\.net\.ssl\.trustStore=\/a b\/truststore\.p12" -D/,
  );
  assert.match(options("https://proxy", `/a"b`) ?? "", /^'-D[^']*\/a"b\/truststore\.p12' -D/);
});

Deno.test("valueOf() has PHP read its own folder first, with the system's separator", () => {
  const folder = (publicFolder: string) =>
    valueOf("PHP_INI_SCAN_DIR", { proxyUrl: "http://proxy", publicFolder });
  assert.equal(folder("/ca"), ":/ca");
  assert.equal(folder("C:\\ca"), ";C:\\ca");
});
