import assert from "node:assert/strict";
import { ProxyError } from "../../src/errors.ts";
import { NoCommonProtocolError, type PeerDemand } from "../../src/proxy/node_tls.ts";
import { connectTcp, connectTls, type Destination } from "../../src/proxy/upstream_tls.ts";
import { createSelfSigned, type ServerCertificate, TestRoot } from "../support/test_pki.ts";
import { delay, within } from "../support/wait_until.ts";

/** A TLS server that answers every connection with `hello` and what ALPN chose, then closes. */
class HelloServer implements AsyncDisposable {
  readonly #listener: Deno.TlsListener;
  readonly #running: Promise<void>;
  /** How many handshakes were completed, that is, how many clients trusted the certificate. */
  completed = 0;

  constructor(
    certificate: ServerCertificate,
    { hostname, alpnProtocols = ["h2", "http/1.1"] }: {
      hostname: string;
      alpnProtocols?: string[];
    },
  ) {
    this.#listener = Deno.listenTls({
      hostname,
      port: 0,
      ...certificate,
      alpnProtocols,
    });
    this.#running = this.#run();
  }

  destination(timeout = 10_000): Destination {
    const { hostname, port } = this.#listener.addr;
    return { addresses: [hostname], port, timeout };
  }

  async #run(): Promise<void> {
    for await (const conn of this.#listener) {
      try {
        const { alpnProtocol } = await conn.handshake();
        await conn.write(new TextEncoder().encode(`hello ${alpnProtocol}`));
        this.completed++;
      } catch {
        // The client refused the certificate, or closed the connection that it only tried out.
      }
      conn.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#running;
  }
}

const hasIpv6 = Deno.networkInterfaces().some(({ address }) => address === "::1");

/** Accepts connections until one says something: one that was only tried out says nothing. */
async function acceptSpeaking(listener: Deno.TcpListener): Promise<Deno.Conn> {
  while (true) {
    const conn = await listener.accept();
    const count = await conn.read(new Uint8Array(10_000));
    if (count !== null) return conn;
    conn.close();
  }
}

/** How the demand is met: by default roots with anchors added, or by a rule's own CA. */
type Demand = (name: string, pem: string) => PeerDemand;
const protocols = ["http/1.1"] as const;
const added: Demand = (name, pem) => ({ name, protocols, extraAnchors: [pem] });
const replaced: Demand = (name, pem) => ({ name, protocols, extraAnchors: [], onlyAnchors: pem });
const demands = { "default roots with extra anchors": added, "its own CA": replaced };

async function assertAccepted(server: HelloServer, demand: PeerDemand): Promise<void> {
  const [protocol] = demand.protocols;
  const { stream, protocol: negotiated } = await connectTls(server.destination(), demand);
  try {
    let text = "";
    while (text.length < `hello ${protocol}`.length) {
      const chunk = await within(stream.read(), { what: "the server has answered" });
      if (chunk === null) break;
      text += new TextDecoder().decode(chunk);
    }
    assert.equal(text, `hello ${protocol}`);
    assert.equal(negotiated, protocol);
  } finally {
    stream.close();
  }
}

async function assertNotTrusted(server: HelloServer, demand: PeerDemand): Promise<void> {
  await assert.rejects(
    connectTls(server.destination(), demand).then(({ stream }) => stream.close()),
    (error) => {
      assert.ok(error instanceof ProxyError, `${error}`);
      assert.equal(error.kind, "tls_certificate_error", error.message);
      assert.ok(error.message.includes(demand.name), error.message);
      return true;
    },
  );
}

for (const [what, demand] of Object.entries(demands)) {
  Deno.test(`connectTls() gives a handshake up when it is called off, with ${what}`, async () => {
    const root = await TestRoot.create("root");
    using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { hostname, port } = mute.addr;
    const stop = new AbortController();
    const reason = new Error("the client has left");
    const givenUp: Promise<void>[] = [];
    const handshake = connectTls(
      {
        addresses: [hostname],
        port,
        timeout: 60_000,
        signal: stop.signal,
        onGiveUp: (ended) => givenUp.push(ended),
      },
      demand("api.example.com", root.pem),
    );
    // The ClientHello has come, so the handshake is under way.
    const peer = await acceptSpeaking(mute);
    stop.abort(reason);
    await within(assert.rejects(handshake, reason), { what: "the handshake has been given up" });
    // Deno holds on to it; node:tls does not.
    let ended = givenUp.length === 0;
    for (const promise of givenUp) promise.then(() => ended = true);
    await delay(50);
    assert.equal(ended, demand === replaced);
    peer.close();
    await within(Promise.all(givenUp), { what: "the connection has ended" });
  });

  Deno.test(`connectTls() accepts a certificate for the name, with ${what}`, async () => {
    const root = await TestRoot.create("root");
    const certificate = await root.issue({ names: ["api.example.com", "*.wild.example.com"] });
    await using server = new HelloServer(certificate, { hostname: "127.0.0.1" });
    await assertAccepted(server, demand("api.example.com", root.pem));
    await assertAccepted(server, demand("a.wild.example.com", root.pem));
    await assertNotTrusted(server, demand("a.b.wild.example.com", root.pem));
    await assertNotTrusted(server, demand("example.com", root.pem));
    await assertNotTrusted(server, demand("127.0.0.1", root.pem));
  });

  Deno.test(`connectTls() accepts a certificate for an IPv4 address, with ${what}`, async () => {
    const root = await TestRoot.create("root");
    const certificate = await root.issue({ names: ["127.0.0.1"] });
    await using server = new HelloServer(certificate, { hostname: "127.0.0.1" });
    await assertAccepted(server, demand("127.0.0.1", root.pem));
    await assertNotTrusted(server, demand("127.0.0.2", root.pem));
    await assertNotTrusted(server, demand("localhost", root.pem));
  });

  Deno.test({
    name: `connectTls() accepts a certificate for an IPv6 address, with ${what}`,
    ignore: !hasIpv6,
    fn: async () => {
      const root = await TestRoot.create("root");
      const certificate = await root.issue({ names: ["::1"] });
      await using server = new HelloServer(certificate, { hostname: "::1" });
      await assertAccepted(server, demand("::1", root.pem));
      await assertNotTrusted(server, demand("::2", root.pem));
    },
  });

  Deno.test(`connectTls() refuses an address that stands as a DNS name, with ${what}`, async () => {
    const root = await TestRoot.create("root");
    const certificate = await root.issue({ names: ["localhost"] });
    await using server = new HelloServer(certificate, { hostname: "127.0.0.1" });
    await assertNotTrusted(server, demand("127.0.0.1", root.pem));
  });

  Deno.test(`connectTls() refuses every bad certificate, with ${what}`, async (t) => {
    const root = await TestRoot.create("root");
    const names = ["api.example.com"];
    const bad: Record<string, ServerCertificate> = {
      "expired": await root.issue({ names, validity: "expired" }),
      "self-signed": await createSelfSigned(names),
      "for another name": await root.issue({ names: ["evil.example.com"] }),
      "for a name that ends alike": await root.issue({ names: ["evilapi.example.com"] }),
      "for a name that begins alike": await root.issue({ names: ["api.example.com.evil.com"] }),
      "without serverAuth": await root.issue({ names, usage: "clientAuth" }),
      "from another root of the same name": await (await TestRoot.create("root")).issue({ names }),
    };
    for (const [kind, certificate] of Object.entries(bad)) {
      await t.step(kind, async () => {
        await using server = new HelloServer(certificate, { hostname: "127.0.0.1" });
        await assertNotTrusted(server, demand("api.example.com", root.pem));
        assert.equal(server.completed, 0);
      });
    }
  });

  Deno.test(`connectTls() gives up on a handshake that is never answered, with ${what}`, async () => {
    const root = await TestRoot.create("root");
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const held: Deno.Conn[] = [];
    const accepting = (async () => {
      for await (const conn of listener) held.push(conn);
    })();
    const started = performance.now();
    await assert.rejects(
      connectTls(
        { addresses: ["127.0.0.1"], port: listener.addr.port, timeout: 300 },
        demand("api.example.com", root.pem),
      ),
      (error) => error instanceof ProxyError && error.kind === "connection_timeout",
    );
    assert.ok(performance.now() - started >= 250, "it gave up early");
    listener.close();
    await accepting;
    for (const conn of held) conn.close();
  });

  Deno.test(`connectTls() says that what answers is no TLS, with ${what}`, async () => {
    const root = await TestRoot.create("root");
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const answering = (async () => {
      for await (const conn of listener) {
        try {
          await conn.write(new TextEncoder().encode("SSH-2.0-OpenSSH_9.6\r\n"));
        } catch {
          // The one that was only tried out is gone already.
        }
        conn.close();
      }
    })();
    await assert.rejects(
      connectTls(
        { addresses: ["127.0.0.1"], port: listener.addr.port, timeout: 5000 },
        demand("api.example.com", root.pem),
      ),
      (error) => error instanceof ProxyError && error.kind === "tls_protocol_error",
    );
    listener.close();
    await answering;
  });
}

for (const [what, demand] of Object.entries(demands)) {
  Deno.test(`connectTls() tells what is spoken, with ${what}`, async () => {
    const root = await TestRoot.create("root");
    const name = "api.example.com";
    await using server = new HelloServer(await root.issue({ names: [name] }), {
      hostname: "127.0.0.1",
    });
    await assertAccepted(server, { ...demand(name, root.pem), protocols: ["h2", "http/1.1"] });
    await assertAccepted(server, { ...demand(name, root.pem), protocols: ["h2"] });
  });

  Deno.test(`connectTls() tells that a peer speaks nothing of what it is offered, with ${what}`, async () => {
    const root = await TestRoot.create("root");
    const name = "api.example.com";
    await using server = new HelloServer(await root.issue({ names: [name] }), {
      hostname: "127.0.0.1",
      alpnProtocols: ["h2"],
    });
    await assert.rejects(
      connectTls(server.destination(), demand(name, root.pem)),
      NoCommonProtocolError,
    );
  });
}

Deno.test("connectTls() trusts no extra anchor beside a rule's own CA", async () => {
  const own = await TestRoot.create("own");
  const extra = await TestRoot.create("extra");
  const name = "api.example.com";
  await using server = new HelloServer(await extra.issue({ names: [name] }), {
    hostname: "127.0.0.1",
  });
  // The impostor is good for the default roots with that anchor, so it is the replacing that refuses.
  await assertAccepted(server, { name, protocols, extraAnchors: [extra.pem] });
  await assertNotTrusted(server, {
    name,
    protocols,
    extraAnchors: [extra.pem],
    onlyAnchors: own.pem,
  });
  await assertAccepted(server, {
    name,
    protocols,
    extraAnchors: [],
    onlyAnchors: `${own.pem}${extra.pem}`,
  });
});

Deno.test("connectTls() trusts several anchors, and none that was not given", async () => {
  const first = await TestRoot.create("first");
  const second = await TestRoot.create("second");
  const name = "api.example.com";
  await using server = new HelloServer(await second.issue({ names: [name] }), {
    hostname: "127.0.0.1",
  });
  await assertAccepted(server, { name, protocols, extraAnchors: [first.pem, second.pem] });
  await assertNotTrusted(server, { name, protocols, extraAnchors: [first.pem] });
  await assertNotTrusted(server, { name, protocols, extraAnchors: [] });
});

/** Exits 0 if the connection is made, 3 with the error's kind if it is refused. */
const child = `
const [, upstreamTls, destination, demand] = [null, ...Deno.args];
const { connectTls } = await import(upstreamTls);
try {
  (await connectTls(JSON.parse(destination), JSON.parse(demand))).stream.close();
  Deno.exit(0);
} catch (error) {
  console.error(error.kind);
  Deno.exit(3);
}`;

/** Runs connectTls() in a process of its own, whose environment decides on the default roots. */
async function connectElsewhere(
  env: Readonly<Record<string, string>>,
  options: { destination: Destination; demand: PeerDemand },
): Promise<{ code: number; kind: string }> {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(script, child);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        "--no-check",
        "--quiet",
        `--config=${new URL("../../deno.json", import.meta.url).pathname}`,
        script,
        new URL("../../src/proxy/upstream_tls.ts", import.meta.url).href,
        JSON.stringify(options.destination),
        JSON.stringify(options.demand),
      ],
      env,
    }).output();
    return { code, kind: new TextDecoder().decode(stderr).trim() };
  } finally {
    await Deno.remove(script);
  }
}

Deno.test("connectTls() with a rule's own CA refuses what chains to a default root", async () => {
  const name = "api.example.com";
  const own = await TestRoot.create("own");
  const standard = await TestRoot.create("default");
  await using server = new HelloServer(await standard.issue({ names: [name] }), {
    hostname: "127.0.0.1",
  });
  const folder = await Deno.makeTempDir();
  const file = `${folder}/root.pem`;
  await Deno.writeTextFile(file, standard.pem);
  // Deno adds the certificates of DENO_CERT to the default roots of the process.
  const env = { DENO_CERT: file };
  const destination = server.destination();
  try {
    assert.deepEqual(
      await connectElsewhere(env, { destination, demand: { name, protocols, extraAnchors: [] } }),
      { code: 0, kind: "" },
      "the impostor does not chain to a default root, so this shows nothing",
    );
    assert.deepEqual(
      await connectElsewhere(env, {
        destination,
        demand: { name, protocols, extraAnchors: [], onlyAnchors: own.pem },
      }),
      { code: 3, kind: "tls_certificate_error" },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("connectTls() verifies even with NODE_TLS_REJECT_UNAUTHORIZED=0", async () => {
  const name = "api.example.com";
  const own = await TestRoot.create("own");
  await using server = new HelloServer(await createSelfSigned([name]), { hostname: "127.0.0.1" });
  const destination = server.destination();
  for (const demand of [added(name, own.pem), replaced(name, own.pem)]) {
    assert.deepEqual(
      await connectElsewhere({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, { destination, demand }),
      { code: 3, kind: "tls_certificate_error" },
    );
  }
});

Deno.test("connectTls() passes on that nothing listens there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const demand of [added("a", ""), replaced("a", "")]) {
    await assert.rejects(
      connectTls({ addresses: ["127.0.0.1"], port, timeout: 5000 }, demand),
      (error) => error instanceof ProxyError && error.kind === "connection_refused",
    );
  }
});

Deno.test("connectTcp() connects in clear", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const { port } = listener.addr;
  const stream = await connectTcp({ addresses: ["127.0.0.1"], port, timeout: 5000 });
  using peer = await accepting;
  await peer.write(new TextEncoder().encode("hi"));
  assert.deepEqual(await stream.read(), new TextEncoder().encode("hi"));
  stream.close();
});
