/**
 * The contract: one port speaks every dialect, told apart by the first octets: HTTP proxy, HTTPS proxy,
 * SOCKS 5 by name and by address, transparent TLS and transparent HTTP. Each carries the credential where
 * a rule says so, is held to the same policy, and is closed to who does not prove what the listener
 * demands.
 */

import assert from "node:assert/strict";
import { addAgent, issueCertificate } from "../support/agent_command.ts";
import { assertInjected } from "../support/assert_injected.ts";
import { waitForAuditLine } from "../support/audit_lines.ts";
import { runClient, tryClient } from "../support/clients.ts";
import { fieldValues } from "../support/http_reader.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyOptions, ProxyProcess } from "../support/proxy_process.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { askSocks } from "../support/socks_client.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";
import type { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const token = "ghp_realCredentialOfTheHost0123456789";
const secrets = { GITHUB_TOKEN: token };
const injected = { name: "authorization", value: `Bearer ${token}` };
const userUrl = "https://api.github.com/user";

interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly api: Upstream;
  readonly other: Upstream;
  readonly plain: Upstream;
  readonly proxy: ProxyProcess;
}

async function start(options: ProxyOptions = {}): Promise<World> {
  const lab = await Lab.create();
  const api = await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
  const other = await lab.upstream(["other.example:443"], json({ host: "other" }));
  const plain = lab.plainUpstream(["other.example:80"], json({ host: "plain" }));
  const proxy = await lab.proxy({ secrets, ...options });
  return { lab, api, other, plain, proxy, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

/** What curl needs to know to go through the proxy, by dialect. */
function dialects({ proxy }: World): Record<string, readonly string[]> {
  const address = `127.0.0.1:${proxy.port}`;
  return {
    "HTTP proxy": ["--proxy", `http://${address}`],
    "HTTPS proxy": ["--proxy", `https://${address}`, "--proxy-cacert", proxy.caFile],
    "HTTPS proxy by name": [
      "--proxy",
      `https://localhost:${proxy.port}`,
      "--proxy-cacert",
      proxy.caFile,
    ],
    "SOCKS 5 by name": ["--proxy", `socks5h://${address}`],
    // An address that is anybody's: the name in SNI is the authority.
    "SOCKS 5 by address": [
      "--proxy",
      `socks5://${address}`,
      "--resolve",
      "*:443:198.51.100.7",
    ],
    "transparent": ["--connect-to", `::${address}`],
  };
}

function client({ lab, proxy }: World) {
  return { dir: lab.dir, proxy, secrets: [token], proxyUrl: null };
}

/** An agent that was added by command is known a moment later. */
async function demandsIdentity({ url }: ProxyProcess): Promise<void> {
  const path = "/.well-known/auth-proxy";
  await waitUntil(async () => {
    const response = await fetch(url + path);
    await response.body?.cancel();
    return response.status === 407;
  }, { what: "who proves nothing is turned away" });
}

const curl = ["curl", "--silent", "--show-error", "--fail-with-body"];

testWith("six dialects on one port, each with the credential for the host of a rule", {
  needs: [tool("curl")],
  fn: async (test) => {
    await using world = await start();
    for (const [dialect, options] of Object.entries(dialects(world))) {
      await test.step(dialect, async () => {
        const before = world.api.requests.length;
        const command = [...curl, "--cacert", world.proxy.caFile, ...options, userUrl];
        const { stdout } = await runClient(command, client(world));
        assert.match(stdout, /octocat/);
        assert.equal(world.api.requests.length, before + 1);
        assertInjected(world.api, injected);
      });
    }
    await test.step("transparent HTTP by Host", async () => {
      const { stdout } = await runClient([
        ...[...curl, "--connect-to", `::127.0.0.1:${world.proxy.port}`],
        "http://other.example/",
      ], client(world));
      assert.match(stdout, /plain/);
    });
  },
});

testWith("every dialect passes on unread what no rule is for", {
  needs: [tool("curl")],
  fn: async (test) => {
    await using world = await start();
    const { "SOCKS 5 by address": _, ...byName } = dialects(world);
    for (const [dialect, options] of Object.entries(byName)) {
      await test.step(dialect, async () => {
        const command = [...curl, "--cacert", world.lab.rootFile, ...options];
        const { stdout } = await runClient([...command, "https://other.example/"], client(world));
        assert.match(stdout, /other/);
      });
    }
    assert.deepEqual(
      world.other.requests.flatMap(({ fields }) => fieldValues(fields, "authorization")),
      [],
    );
  },
});

testWith("what the egress policy denies, no dialect reaches", {
  needs: [tool("curl")],
  fn: async (test) => {
    const config = "egress: { deny: [{ host: other.example }] }\n";
    await using dir = await TempDir.create();
    const file = await dir.write("auth-proxy.yaml", config);
    await using world = await start({ args: ["--config", file] });
    const { "SOCKS 5 by address": _, ...byName } = dialects(world);
    for (const [dialect, options] of Object.entries(byName)) {
      await test.step(dialect, async () => {
        const command = [...curl, "--cacert", world.proxy.caFile, ...options];
        const { code, stdout } = await tryClient(
          [...command, "https://other.example/"],
          client(world),
        );
        assert.notEqual(code, 0);
        // Said inside TLS where there is no other way to say it.
        if (dialect === "transparent") assert.match(stdout, /egress_denied/);
      });
    }
    assert.equal(world.other.requests.length, 0);
  },
});

Deno.test("transparent HTTP to a host that has a rule is refused: no credential goes in clear", async () => {
  await using world = await start();
  using raw = await RawClient.connect(world.proxy.url);
  const response = await raw.get("/user", "Host: api.github.com\r\n");
  assert.equal(response.status, 403);
  assert.match(response.body, /clear_text_refused/);
});

Deno.test("a Host with the listener's own port is the listener's, not a destination", async () => {
  await using world = await start();
  using raw = await RawClient.connect(world.proxy.url);
  const response = await raw.get("/", `Host: other.example:${world.proxy.port}\r\n`);
  assert.equal(response.status, 404);
  assert.match(response.body, /not_a_resource/);
  assert.equal(world.plain.requests.length, 0);
});

Deno.test("a client that was turned to us and names no host is told so by an alert, and in the log", async () => {
  await using world = await start({
    args: ["--transparent", "127.0.0.1:0=6443"],
  });
  const [, port] = /transparent=127\.0\.0\.1:(\d+)=6443/.exec(world.proxy.stdout) ?? [];
  using raw = await RawClient.connect(`http://127.0.0.1:${port}`);
  // A ClientHello without extensions.
  const hello = [0x03, 0x03, ...Array(32).fill(1), 0, 0, 2, 0x13, 0x01, 1, 0];
  const message = [1, 0, 0, hello.length, ...hello];
  await raw.send(Uint8Array.from([0x16, 3, 1, 0, message.length, ...message]));
  const alert = await raw.reader.readSome();
  assert.deepEqual([...alert ?? []], [0x15, 3, 3, 0, 2, 2, 49]);
  await waitForAuditLine(world.proxy, {
    what: "the reason",
    matches: ({ kind, reason }) => kind === "tunnel" && /names no host in SNI/.test(String(reason)),
  });
});

Deno.test("SOCKS 5 tells each refusal by its reply", async () => {
  await using world = await start();
  const cases = [
    { host: "127.0.0.1", port: world.proxy.port, reply: 2 },
    { host: "169.254.169.254", port: 80, reply: 2 },
    { host: "no-such-host.invalid", port: 443, reply: 4 },
    { host: "a@b.example", port: 443, reply: 1 },
  ];
  for (const { reply, ...destination } of cases) {
    const answer = await askSocks(world.proxy.url, destination);
    using _ = answer.client;
    assert.equal(answer.reply, reply, destination.host);
  }
});

for (
  const [what, octets, expected] of [
    ["BIND", [5, 1, 0, 5, 2, 0, 1, 192, 0, 2, 1, 0, 80], [5, 0, 5, 7]],
    ["UDP", [5, 1, 0, 5, 3, 0, 1, 192, 0, 2, 1, 0, 80], [5, 0, 5, 7]],
    ["an unknown type of address", [5, 1, 0, 5, 1, 0, 9, 1, 2, 3], [5, 0, 5, 8]],
    ["no method that we have", [5, 1, 1], [5, 0xff]],
  ] as const
) {
  Deno.test(`SOCKS 5: ${what} is refused`, async () => {
    await using world = await start();
    using raw = await RawClient.connect(world.proxy.url);
    await raw.send(Uint8Array.from(octets));
    const received: number[] = [];
    while (received.length < expected.length) {
      received.push(...await raw.reader.readSome() ?? []);
    }
    assert.deepEqual(received.slice(0, expected.length), [...expected]);
  });
}

Deno.test("where identity is demanded, SOCKS 5 carries it and transparent clients are turned away", async () => {
  await using world = await start();
  const { proxy } = world;
  const ciToken = await addAgent(proxy, "ci");
  await demandsIdentity(proxy);
  const destination = { host: "api.github.com", port: 443 };

  const silent = await askSocks(proxy.url, destination);
  using _1 = silent.client;
  assert.equal(silent.method, 0xff);
  for (const password of ["wrong", ""]) {
    const wrong = await askSocks(proxy.url, { ...destination, user: "ci", password });
    using _2 = wrong.client;
    assert.deepEqual([wrong.method, wrong.verdict], [2, 1]);
  }
  const right = await askSocks(proxy.url, { ...destination, user: "ci", password: ciToken });
  using _3 = right.client;
  assert.deepEqual([right.method, right.verdict, right.reply], [2, 0, 0]);
  using inside = await right.client.startTls(
    "api.github.com",
    await Deno.readTextFile(proxy.caFile),
  );
  assert.equal((await inside.get("/user", "Host: api.github.com\r\n")).status, 200);
  assertInjected(world.api, injected);

  using turned = await RawClient.connect(proxy.url);
  const refused = await turned.get("/", "Host: other.example\r\n");
  assert.equal(refused.status, 407);
  assert.equal(world.plain.requests.length, 0);
  using tls = await RawClient.connect(proxy.url);
  await assert.rejects(tls.startTls("api.github.com", await Deno.readTextFile(proxy.caFile)));
  assert.equal(world.api.requests.length, 1);
});

testWith(
  "over TLS to the port an agent may prove itself by a certificate, by a token, or not at all",
  {
    needs: [tool("curl")],
    fn: async () => {
      await using world = await start();
      const { proxy } = world;
      const viaTls = [
        ...[...curl, "--cacert", proxy.caFile, "--proxy-cacert", proxy.caFile],
        "--proxy",
      ];
      const address = `localhost:${proxy.port}`;
      await runClient([...viaTls, `https://${address}`, userUrl], client(world));
      const certificate = await issueCertificate(proxy, "ci");
      const shown = ["--proxy-cert", certificate.cert, "--proxy-key", certificate.key];
      await runClient([...viaTls, `https://${address}`, ...shown, userUrl], client(world));
      await waitForAuditLine(proxy, {
        what: "the agent's certificate",
        matches: ({ agent, proof }) => agent === "ci" && proof === "certificate",
      });

      const devToken = await addAgent(proxy, "dev");
      await demandsIdentity(proxy);
      const silent = await tryClient([...viaTls, `https://${address}`, userUrl], client(world));
      assert.match(silent.stderr, /407/);
      const dev = `https://dev:${devToken}@${address}`;
      await runClient([...viaTls, dev, userUrl], client(world));
      await waitForAuditLine(proxy, {
        what: "the agent's token",
        matches: ({ agent, proof }) => agent === "dev" && proof === "token",
      });
      // Both, and they do not agree.
      const torn = await tryClient([...viaTls, dev, ...shown, userUrl], client(world));
      assert.match(torn.stderr, /407/);
    },
  },
);

Deno.test("an agent is known by its address where nothing else can be shown", async () => {
  await using dir = await TempDir.create();
  const file = await dir.write(
    "auth-proxy.yaml",
    "agents: { box: { addresses: [127.0.0.0/8] } }\n",
  );
  await using world = await start({ args: ["--config", file] });
  using raw = await RawClient.connect(world.proxy.url);
  assert.equal((await raw.get("/", "Host: other.example\r\n")).status, 200);
  await waitForAuditLine(world.proxy, {
    what: "the agent's address",
    matches: ({ kind, agent, proof }) =>
      kind === "exchange" && agent === "box" && proof === "address",
  });
});

Deno.test("a transparent listener that nobody could use does not start", async () => {
  await using dir = await TempDir.create();
  const { code, stderr } = await runProxyToExit([
    ...["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
    ...["--transparent", "0.0.0.0:0=6443", "--ca-dir", dir.join("ca")],
  ], { dir });
  assert.equal(code, 2);
  assert.match(stderr, /--transparent: nobody could use 0\.0\.0\.0:0/);
  assert.match(stderr, /addresses/);
});
