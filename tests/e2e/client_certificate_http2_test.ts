/**
 * The contract: over HTTP/2, as gRPC needs it, a rule's client certificate is shown as over HTTP/1.1; a
 * shared connection that was opened with one certificate carries nothing once the next one is there.
 */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { fingerprintOf } from "../support/certificate_server.ts";
import { runClient } from "../support/clients.ts";
import { kubeconfigArgs } from "../support/kubeconfig.ts";
import { Lab } from "../support/lab.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { RefusingServer } from "../support/refusing_server.ts";
import { type ServerCertificate, TestRoot } from "../support/test_pki.ts";
import { testWith, tool } from "../support/tools.ts";
import { delay } from "../support/wait_until.ts";

const authority = "a.k8s.corp:6443";

/** Speaks HTTP/2 alone, demands a client certificate, and says whose it was. */
class Http2Server implements AsyncDisposable {
  readonly seen: { fingerprint: string; session: number; authorization: string | undefined }[] = [];
  readonly #server: Http2SecureServer;
  readonly #sessions: ServerHttp2Session[] = [];

  constructor({ certificate, clientCa }: { certificate: ServerCertificate; clientCa: string }) {
    this.#server = createSecureServer({
      ...certificate,
      ca: clientCa,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ["h2"],
    });
    this.#server.on("session", (session) => {
      session.on("error", () => {});
      this.#sessions.push(session);
    });
    this.#server.on("stream", (stream, headers) => {
      const session = stream.session;
      const { raw } = (session?.socket as TLSSocket | undefined)?.getPeerCertificate() ?? {};
      this.seen.push({
        fingerprint: raw === undefined ? "" : new X509Certificate(raw).fingerprint256,
        session: this.#sessions.findIndex((each) => each === session),
        authorization: headers["authorization"],
      });
      stream.respond({ ":status": 200 });
      stream.end("answered\n");
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
    return this;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

async function curl(lab: Lab, proxy: ProxyProcess, ...args: string[]): Promise<string> {
  const command = ["curl", "-sS", "--http2", "-w", "%{http_version} %{http_code}", ...args];
  const { stdout } = await runClient([...command, `https://${authority}/`], {
    proxy,
    dir: lab.dir,
    secrets: [],
  });
  return stdout;
}

testWith("over HTTP/2 a client certificate is shown, and the next one after it is renewed", {
  needs: [tool("curl")],
  fn: async () => {
    await using lab = await Lab.create();
    const clients = await TestRoot.create("clients");
    const [first, second] = [
      await clients.issue({ names: ["first"], usage: "clientAuth" }),
      await clients.issue({ names: ["second"], usage: "clientAuth" }),
    ];
    const server = await new Http2Server({
      certificate: await lab.root.issue({ names: ["a.k8s.corp"] }),
      clientCa: clients.pem,
    }).listen();
    lab.standIn([authority], { address: server.address, server });
    const give = async ({ cert, key }: ServerCertificate, seconds: number) => {
      const status = {
        token: "token-of-the-plugin",
        clientCertificateData: cert,
        clientKeyData: key,
        expirationTimestamp: new Date(Date.now() + seconds * 1000).toISOString(),
      };
      const apiVersion = "client.authentication.k8s.io/v1";
      await lab.dir.write("answer", JSON.stringify({ apiVersion, kind: "ExecCredential", status }));
    };
    await lab.dir.write(
      "plugin.sh",
      `#!/bin/sh\nPATH=/usr/bin:/bin cat ${lab.dir.join("answer")}\n`,
      { mode: 0o700 },
    );
    await give(first, 7);
    const expiry = Date.now() + 7000;
    const args = await kubeconfigArgs(lab.dir, [{
      name: "a",
      cluster: { server: `https://${authority}` },
      user: { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "./plugin.sh" } },
    }]);
    const proxy = await lab.proxy({ args });
    for (const _ of [1, 2]) assert.equal(await curl(lab, proxy), "answered\n2 200");
    await give(second, 3600);
    await delay(Math.max(0, expiry - Date.now()) + 100);
    assert.equal(await curl(lab, proxy), "answered\n2 200");
    const authorization = "Bearer token-of-the-plugin";
    assert.deepEqual(server.seen, [
      { fingerprint: fingerprintOf(first.cert), session: 0, authorization },
      { fingerprint: fingerprintOf(first.cert), session: 0, authorization },
      { fingerprint: fingerprintOf(second.cert), session: 1, authorization },
    ]);
  },
});

testWith("over HTTP/2 a service that refuses the client certificate is reported", {
  needs: [tool("curl"), tool("openssl")],
  fn: async () => {
    await using lab = await Lab.create();
    const clients = await TestRoot.create("clients");
    const server = await RefusingServer.listen({
      dir: lab.dir,
      certificate: await lab.root.issue({ names: ["a.k8s.corp"] }),
      clientCa: clients.pem,
      version: "TLSv1.3",
      protocol: "h2",
    });
    lab.standIn([authority], { address: server.address, server });
    const args = await kubeconfigArgs(lab.dir, [
      {
        name: "a",
        cluster: { server: `https://${authority}` },
        user: { token: "a-token-of-ours" },
      },
    ]);
    const proxy = await lab.proxy({ args });
    const stdout = await curl(lab, proxy);
    assert.match(stdout, /a.k8s.corp demands a client certificate, and there is none for it/);
    assert.match(stdout, /2 502$/);
  },
});
