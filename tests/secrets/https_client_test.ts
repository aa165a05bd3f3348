import assert from "node:assert/strict";
import { createHttpsClient } from "../../src/secrets/https_client.ts";
import { RenewalError } from "../../src/secrets/renewable.ts";
import { TestRoot } from "../support/test_pki.ts";
import { Upstream } from "../support/upstream.ts";

/** Asks a server whose certificate is for `names`, at an address, for a URL. */
async function ask(names: readonly string[], urlOf: (port: string) => string): Promise<string> {
  const root = await TestRoot.create("root");
  const certificate = await root.issue({ names: [...names] });
  await using server = Upstream.listen({
    certificate,
    handler: (exchange) => exchange.respondJson("here"),
  });
  const [host = "", port = ""] = server.address.split(":");
  const client = createHttpsClient({
    defaultAnchors: () => Promise.resolve([root.pem]),
    connectTo: () => ({ host, port: Number(port) }),
    timeout: 10_000,
  });
  return (await client({ method: "GET", url: urlOf(port), headers: {} })).body;
}

Deno.test("createHttpsClient() asks a server by its address, for which its certificate is", async () => {
  assert.equal(await ask(["127.0.0.1"], (port) => `https://127.0.0.1:${port}/`), '"here"');
  // Wherever it is connected to, the certificate is held to the URL.
  assert.equal(await ask(["192.0.2.7"], (port) => `https://192.0.2.7:${port}/`), '"here"');
  assert.equal(await ask(["vault.example"], () => "https://vault.example/"), '"here"');
});

for (
  const [names, url] of [
    [["192.0.2.7"], "https://127.0.0.1/"],
    [["127.0.0.1"], "https://192.0.2.7/"],
    [["127.0.0.1"], "https://vault.example/"],
    [["vault.example"], "https://127.0.0.1/"],
  ] as const
) {
  Deno.test(`createHttpsClient() does not take a certificate for ${names} from ${url}`, async () => {
    await assert.rejects(ask(names, () => url), (error) => {
      assert.ok(error instanceof RenewalError, String(error));
      assert.match(error.message, /shows a certificate that is not trusted for it/);
      return true;
    });
  });
}
