/**
 * The contract: a connection that was switched carries frames of the protocol that it was switched to,
 * and nothing else. Where the service knows us by our client certificate, any request on it would count
 * as ours: one that a service's 101 lets through must not be one that nobody has checked.
 */

import assert from "node:assert/strict";
import { CertificateServer } from "../support/certificate_server.ts";
import { kubeconfigArgs } from "../support/kubeconfig.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { TestRoot } from "../support/test_pki.ts";
import { delay } from "../support/wait_until.ts";

const authority = "a.k8s.corp:6443";
const denied = "/api/v1/namespaces/d/serviceaccounts/s/token";

const cases = [
  { method: "GET", protocol: "websocket", config: "" },
  { method: "GET", protocol: "websocket", config: "redaction: { off: [a.k8s.corp] }\n" },
  { method: "POST", protocol: "SPDY/3.1", config: "" },
  { method: "POST", protocol: "SPDY/3.1", config: "redaction: { off: [a.k8s.corp] }\n" },
];

for (const { method, protocol, config } of cases) {
  const where = config === "" ? "" : ", though nothing is searched there";
  Deno.test(`a request behind a switch to ${protocol} does not reach a service that goes on with HTTP${where}`, async () => {
    await using lab = await Lab.create();
    const clients = await TestRoot.create("clients");
    const pair = await clients.issue({ names: ["admin"], usage: "clientAuth" });
    // It says 101 and means nothing by it.
    const server = await CertificateServer.listen({
      certificate: await lab.root.issue({ names: ["a.k8s.corp"] }),
      clientCa: clients.pem,
      handler: ({ socket }) => {
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
        );
        socket.on("data", (octets: Uint8Array) => behind += new TextDecoder().decode(octets));
      },
    });
    let behind = "";
    lab.standIn([authority], { address: server.address, server });
    const args = await kubeconfigArgs(lab.dir, [{
      name: "a",
      cluster: { server: `https://${authority}` },
      user: {
        "client-certificate-data": btoa(pair.cert),
        "client-key-data": btoa(pair.key),
      },
    }]);
    const file = await lab.dir.write("auth-proxy.yaml", config);
    const proxy = await lab.proxy({
      args: config === "" ? args : [...args, "--config", file],
    });
    const ca = await Deno.readTextFile(proxy.caFile);
    using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
    await client.send(
      `${method} /x HTTP/1.1\r\nHost: ${authority}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    const { status } = await client.receive({ method });
    assert.equal(status, 101);
    await client.send(`POST ${denied} HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 0\r\n\r\n`);
    await client.expectEnd();
    await delay(100);
    assert.equal(behind, "");
    assert.ok(!server.requests.some(({ path }) => path === denied));
  });
}
