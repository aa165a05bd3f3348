import assert from "node:assert/strict";
import { updateAgentRegistry } from "../../src/ca/agent_registry_file.ts";
import { tokenDigest } from "../../src/ca/token_digest.ts";
import { withRevoked } from "../../src/policy/agent_registry.ts";
import { type AccessSettings, openAgentGates } from "../../src/proxy/agent_gates.ts";
import type { AgentSetting } from "../../src/proxy/known_agents.ts";
import { StartError } from "../../src/secrets/start_error.ts";
import { TempDir } from "../support/temp_dir.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const loopback = {
  listen: { hostname: "127.0.0.1" },
  allowUnauthenticated: false,
  tlsClients: "certificate",
} as const;
const network = { ...loopback, listen: { hostname: "0.0.0.0" } } as const;
const ci: AgentSetting = { name: "ci", tokenSha256: tokenDigest("ci-token").toHex() };

async function open(
  folder: TempDir,
  config: AccessSettings,
  settings?: readonly AgentSetting[],
) {
  const gates = await openAgentGates(config, {
    privateFolder: folder.path,
    log,
    ...(settings === undefined ? {} : { settings }),
  });
  return { gates, [Symbol.dispose]: () => gates.close() };
}

interface Case {
  readonly what: string;
  readonly config: AccessSettings;
  readonly settings?: readonly AgentSetting[];
  /** Whether the listeners turn away who shows nothing. */
  readonly demands: { readonly proxy: boolean; readonly tls: boolean };
  readonly generates: boolean;
}

const cases: Case[] = [
  {
    what: "on loopback, with no agent",
    config: loopback,
    demands: { proxy: false, tls: true },
    generates: false,
  },
  {
    what: "on loopback, with an agent of the configuration",
    config: loopback,
    settings: [ci],
    demands: { proxy: true, tls: true },
    generates: false,
  },
  {
    what: "off loopback, with no agent",
    config: network,
    demands: { proxy: true, tls: true },
    generates: true,
  },
  {
    what: "off loopback, with an agent of the configuration",
    config: network,
    settings: [ci],
    demands: { proxy: true, tls: true },
    generates: false,
  },
  {
    what: "with TLS for certificates",
    config: { ...loopback, listenTls: {} },
    demands: { proxy: false, tls: true },
    generates: false,
  },
  {
    what: "with TLS for tokens, and no agent",
    config: { ...loopback, listenTls: {}, tlsClients: "token" },
    demands: { proxy: true, tls: true },
    generates: true,
  },
  {
    what: "off loopback with --allow-unauthenticated",
    config: { ...network, allowUnauthenticated: true },
    settings: [ci],
    demands: { proxy: false, tls: false },
    generates: false,
  },
];

for (const { what, config, settings, demands, generates } of cases) {
  Deno.test(`openAgentGates() ${what}`, async () => {
    await using folder = await TempDir.create();
    using opened = await open(folder, config, settings);
    const { proxyGate, tlsGate, agentTokenFile } = opened.gates;
    assert.equal(proxyGate.demandsIdentity, demands.proxy);
    assert.equal(tlsGate.demandsIdentity, demands.tls);
    assert.equal(agentTokenFile, generates ? folder.join("agent-token") : undefined);
    if (agentTokenFile === undefined) return;
    const token = (await Deno.readTextFile(agentTokenFile)).trim();
    assert.equal(proxyGate.identify({ authorization: [`Bearer ${token}`] }).agent, "agent");
  });
}

Deno.test("openAgentGates() takes --agent-token-file with any user name, on loopback too", async () => {
  await using folder = await TempDir.create();
  const agentTokenFile = await folder.write("given", "given-token-0123456789\n");
  using opened = await open(folder, { ...loopback, agentTokenFile });
  const { proxyGate } = opened.gates;
  assert.equal(proxyGate.demandsIdentity, true);
  for (const user of ["agent", "x", ""]) {
    const authorization = [`Basic ${btoa(`${user}:given-token-0123456789`)}`];
    assert.equal(proxyGate.identify({ authorization }).agent, "agent");
  }
});

Deno.test("AgentGates: a name that the registry revokes wins over the configuration, at once", async () => {
  await using folder = await TempDir.create();
  using opened = await open(folder, loopback, [ci]);
  const { gates } = opened;
  const authorization = [`Basic ${btoa("ci:ci-token")}`];
  const identity = gates.proxyGate.identify({ authorization });
  let changes = 0;
  gates.onChange = () => changes++;
  await updateAgentRegistry(folder.path, (registry) => withRevoked(registry, "ci"));
  await gates.refresh();
  assert.equal(changes, 1);
  assert.equal(gates.proxyGate.admits(identity, "192.0.2.1:5000"), false);
  assert.throws(() => gates.proxyGate.identify({ authorization }), /not valid/);
  assert.equal(gates.proxyGate.demandsIdentity, true);
});

Deno.test("openAgentGates() refuses malformed settings, all of them", async () => {
  await using folder = await TempDir.create();
  const settings = [{ ...ci, name: "C I" }, { ...ci, tokenSha256: "abc" }];
  await assert.rejects(open(folder, loopback, settings), (error: unknown) => {
    assert.ok(error instanceof StartError);
    assert.deepEqual(error.problems.map(({ where }) => where), ["agents.C I", "agents.ci"]);
    return true;
  });
});

Deno.test("openAgentGates() refuses a registry that is broken", async () => {
  await using folder = await TempDir.create();
  await folder.write("agents.json", "{}");
  await assert.rejects(open(folder, loopback), StartError);
});
