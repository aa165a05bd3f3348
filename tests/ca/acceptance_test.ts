/**
 * What real verifiers say about our certificates, and real handshakes with them.
 *
 * The contract: `openssl verify -x509_strict` and Python with `ssl.VERIFY_X509_STRICT` accept a
 * leaf for each kind of host, with our CA as the only anchor, and refuse it for another host.
 */
import { strict as assert } from "node:assert";
import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { LeafCache } from "../../src/ca/leaf_cache.ts";
import type { EndEntityCertificate } from "../../src/ca/leaf_cache.ts";
import { TempDir } from "../support/temp_dir.ts";
import { python, pythonModule, testWith, tool } from "../support/tools.ts";
import { openCa, run } from "./support.ts";

const hosts = [
  "example.com",
  "a.b.c.d.e.f.example.com",
  "_acme.example.com",
  "localhost",
  "192.0.2.17",
  "2001:db8::17",
  `${"long".repeat(15)}.${"name".repeat(10)}.example.com`,
];

async function fixture(folder: TempDir) {
  const ca = await openCa(folder.join("ca"));
  return { ca, cache: new LeafCache({ issuer: ca, now: Date.now }) };
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^[\d.]+$/.test(host);
}

testWith("openssl verify -x509_strict accepts each leaf for its host and for no other", {
  needs: [tool("openssl")],
  async fn() {
    await using folder = await TempDir.create();
    const { ca, cache } = await fixture(folder);
    const base = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca.publicPath];
    for (const host of hosts) {
      const { certificateChainPem } = await cache.get(host);
      const leaf = await folder.write("leaf.pem", certificateChainPem);
      const option = isAddress(host) ? "-verify_ip" : "-verify_hostname";
      const accepted = await run("openssl", { args: [...base, option, host, leaf] });
      assert.ok(accepted.success, `${host}: ${accepted.output}`);
      const other = isAddress(host) ? "192.0.2.18" : `x${host}`;
      const refused = await run("openssl", { args: [...base, option, other, leaf] });
      assert.ok(!refused.success, `${host} passes for ${other}`);
      assert.match(refused.output, /mismatch/);
    }
  },
});

testWith("openssl verify -x509_strict accepts a leaf with ca-bundle.pem as anchors", {
  needs: [tool("openssl")],
  async fn() {
    await using folder = await TempDir.create();
    const { ca, cache } = await fixture(folder);
    const leaf = await folder.write(
      "leaf.pem",
      (await cache.get("example.com")).certificateChainPem,
    );
    const base = ["verify", "-x509_strict", "-purpose", "sslserver"];
    const { output } = await run("openssl", { args: [...base, "-CAfile", ca.bundlePath, leaf] });
    assert.match(output, /: OK$/m);
  },
});

testWith("openssl verify -x509_strict accepts a leaf of the 2050s and the CA that signed it", {
  needs: [tool("openssl")],
  async fn() {
    await using folder = await TempDir.create();
    const now = Date.UTC(2051, 0, 1);
    const ca = await openCa(folder.join("ca"), { now: () => now });
    const cache = new LeafCache({ issuer: ca, now: () => now });
    const leaf = await folder.write(
      "leaf.pem",
      (await cache.get("example.com")).certificateChainPem,
    );
    const { output } = await run("openssl", {
      args: ["verify", "-x509_strict", "-attime", `${now / 1000}`, "-CAfile", ca.publicPath, leaf],
    });
    assert.match(output, /: OK$/m);
  },
});

testWith("openssl reads the key file as the key of the certificate", {
  needs: [tool("openssl")],
  async fn() {
    await using folder = await TempDir.create();
    const { ca } = await fixture(folder);
    const key = `${ca.privateFolder}/ca-key.pem`;
    const fromKey = await run("openssl", { args: ["pkey", "-in", key, "-pubout"] });
    const fromCertificate = await run("openssl", {
      args: ["x509", "-in", ca.publicPath, "-noout", "-pubkey"],
    });
    assert.match(fromKey.output, /BEGIN PUBLIC KEY/);
    assert.equal(fromKey.output, fromCertificate.output);
    const print = ["x509", "-in", ca.publicPath, "-noout", "-fingerprint", "-sha256"];
    const shown = await run("openssl", { args: print });
    assert.ok(shown.output.trim().endsWith(ca.fingerprint));
  },
});

/** Serves one line to whoever completes a handshake, as the data plane will: pause, then wrap. */
class LineServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(certificate: EndEntityCertificate) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.pause();
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: certificate.secureContext,
        ALPNProtocols: ["http/1.1"],
      });
      // A refused handshake is what some of the tests are about; the client reports it.
      secure.on("error", () => secure.destroy());
      secure.on("data", (data: Uint8Array) => secure.end(data));
    });
  }

  async listen(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = this.#server.address();
    assert.ok(typeof address === "object" && address !== null);
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}

const pythonClient = `
import socket, ssl, sys
port, host, anchors = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.verify_flags |= ssl.VERIFY_X509_STRICT
context.load_verify_locations(cafile=anchors)
context.set_alpn_protocols(["http/1.1"])
if len(sys.argv) > 4:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
    with context.wrap_socket(plain, server_hostname=host) as secure:
        secure.sendall(b"hello")
        print(secure.recv(5).decode(), secure.selected_alpn_protocol(), secure.version())
`;

testWith(
  "Python with VERIFY_X509_STRICT completes a handshake for each host over TLS 1.3 and 1.2",
  {
    needs: [pythonModule("ssl")],
    async fn() {
      await using folder = await TempDir.create();
      const { ca, cache } = await fixture(folder);
      const script = await folder.write("client.py", pythonClient);
      for (const host of hosts) {
        await using server = new LineServer(await cache.get(host));
        const args = [script, `${await server.listen()}`, host];
        const modern = await run(python, { args: [...args, ca.publicPath] });
        assert.equal(modern.output.trim(), "hello http/1.1 TLSv1.3", host);
        const older = await run(python, { args: [...args, ca.bundlePath, "1.2"] });
        assert.equal(older.output.trim(), "hello http/1.1 TLSv1.2", host);
      }
    },
  },
);

testWith("Python refuses a leaf for another host, and one of another CA of ours", {
  needs: [pythonModule("ssl")],
  async fn() {
    await using folder = await TempDir.create();
    const { ca, cache } = await fixture(folder);
    const other = await openCa(folder.join("other"));
    const script = await folder.write("client.py", pythonClient);
    await using server = new LineServer(await cache.get("example.com"));
    const port = `${await server.listen()}`;
    const name = await run(python, { args: [script, port, "www.example.com", ca.publicPath] });
    assert.match(name.output, /Hostname mismatch/);
    const anchor = await run(python, { args: [script, port, "example.com", other.publicPath] });
    assert.match(anchor.output, /unable to get local issuer certificate/);
  },
});

Deno.test("Deno.connectTls() accepts each leaf whose host is a name", async () => {
  await using folder = await TempDir.create();
  const { ca, cache } = await fixture(folder);
  for (const host of hosts.filter((host) => !isAddress(host))) {
    await using server = new LineServer(await cache.get(host));
    const tcp = await Deno.connect({ hostname: "127.0.0.1", port: await server.listen() });
    using secure = await Deno.startTls(tcp, {
      hostname: host,
      caCerts: [ca.certificatePem],
      alpnProtocols: ["http/1.1"],
    });
    assert.equal((await secure.handshake()).alpnProtocol, "http/1.1", host);
  }
});
