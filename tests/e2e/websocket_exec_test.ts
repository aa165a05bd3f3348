/**
 * The contract: a client other than kubectl runs a command in a container over the fifth version of the
 * remote command protocol (kubernetes/kubernetes, KEP-4006), with a placeholder where its bearer token
 * would be.
 */

import assert from "node:assert/strict";
import { runClient } from "../support/clients.ts";
import { cluster, clusterToken, KubectlWorld } from "../support/kube/kubectl_world.ts";
import { nodePackage } from "../support/node_package.ts";
import { testWith, tool } from "../support/tools.ts";

const script = `
  const { WebSocket, EnvHttpProxyAgent } = require(process.argv[1]);
  const bearer = "base64url.bearer.authorization.k8s.io." +
    Buffer.from("placeholder").toString("base64url");
  const socket = new WebSocket(process.argv[2], {
    protocols: ["v5.channel.k8s.io", bearer],
    dispatcher: new EnvHttpProxyAgent(),
  });
  socket.binaryType = "arraybuffer";
  const texts = ["", "", "", ""];
  socket.onopen = () => {
    socket.send(Buffer.concat([Buffer.of(0), Buffer.from("into the container")]));
    socket.send(Buffer.of(255, 0));
  };
  socket.onmessage = ({ data }) => {
    const octets = Buffer.from(data);
    texts[octets[0]] += octets.subarray(1);
  };
  socket.onerror = ({ error }) => console.error(error);
  socket.onclose = ({ code }) => {
    console.log(JSON.stringify({ code, protocol: socket.protocol, texts }));
    process.exit(0);
  };`;

testWith("Node runs a command over a WebSocket of v5.channel.k8s.io", {
  needs: [tool("node")],
  fn: async () => {
    await using world = await KubectlWorld.create(({ dir }) => ({ folder: dir.path }));
    const command = ["sh", "-c", "cat; echo complaint >&2; exit 3"]
      .map((word) => `command=${encodeURIComponent(word)}`).join("&");
    const url = `wss://${cluster}/api/v1/namespaces/default/pods/web/exec?${command}` +
      "&stdin=true&stdout=true&stderr=true";
    const undici = await nodePackage("undici@6.29.1");
    const { stdout, stderr } = await runClient(["node", "-e", script, undici, url], {
      proxy: world.proxy,
      dir: world.lab.dir,
      secrets: [clusterToken],
    });
    assert.notEqual(stdout, "", stderr);
    const { code, protocol, texts: [, out, err, status] } = JSON.parse(stdout);
    assert.deepEqual([code, protocol], [1000, "v5.channel.k8s.io"]);
    assert.deepEqual([out, err], ["into the container", "complaint\n"]);
    assert.equal(JSON.parse(status).details.causes[0].message, "3");
    const asked = world.upstream.onlyRequest.values("sec-websocket-protocol");
    assert.deepEqual(asked, ["v5.channel.k8s.io"]);
    world.assertInjected();
  },
});
