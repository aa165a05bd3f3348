/**
 * Ways to be taken for another agent. `dev` knows its own token and the name of `ci`, and what a
 * configuration file or a log could have told it: the digest of ci's token.
 *
 * @module
 */

import { tokenDigestHex } from "./token_digest_hex.ts";
import type { AttackCase, Evidence } from "./attack_case.ts";
import { AttackWorld } from "./attack_world.ts";
import { get, inClear, throughTunnel } from "./probe.ts";

export const ciToken = "ci-token-0123456789-abcdefghij";
export const devToken = "dev-token-0123456789-abcdefghij";
/** Of an agent that has been revoked. */
export const oldToken = "old-token-0123456789-abcdefghij";

/** `Proxy-Authorization` of Basic, over octets. */
export function basic(pair: string): string {
  return `Proxy-Authorization: Basic ${btoa(pair)}\r\n`;
}

/** A world in which ci alone may use the key of a vault, and everybody Claude's. */
export async function startAgentWorld(): Promise<AttackWorld> {
  const file = await Deno.makeTempFile({ prefix: "auth-proxy-test-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, await configuration());
    return await AttackWorld.start({
      args: ["--config", file],
      servers: [
        {
          name: "vault",
          names: ["vault.test"],
          standsFor: ["vault.test:443"],
          mayHold: ["CORP_KEY"],
          isReachedBlind: true,
        },
        {
          name: "claude",
          names: ["api.anthropic.com"],
          standsFor: ["api.anthropic.com:443"],
          mayHold: ["ANTHROPIC_API_KEY"],
        },
      ],
    });
  } finally {
    await Deno.remove(file);
  }
}

async function configuration(): Promise<string> {
  const agents = await Promise.all(
    Object.entries({ ci: ciToken, dev: devToken, old: oldToken }).map(async ([name, token]) =>
      `  ${name}: { token_sha256: "${await tokenDigestHex(token)}" }\n`
    ),
  );
  const rule = "{ name: of-ci, match: { host: vault.test }, agents: [ci], " +
    'inject: { headers: { X-Key: "${CORP_KEY}" } } }';
  return `rules:\n  - ${rule}\nagents:\n${agents.join("")}`;
}

/** Sends a request of ci's own, after which its connection to the vault lies in the pool. */
export async function askAsCi(world: AttackWorld, path: string): Promise<Evidence> {
  const connect = connectHead("vault.test:443", basic(`ci:${ciToken}`));
  return await throughTunnel(world, {
    connect,
    sni: "vault.test",
    request: get("vault.test", { path }),
  });
}

function connectHead(target: string, fields: string): string {
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${fields}\r\n`;
}

const dev = basic(`dev:${devToken}`);

/** What is shown to the proxy, each with what it plays on. */
export const proofs: readonly (readonly [trick: string, fields: string])[] = [
  ["its own name and token", dev],
  ["its own token alone", `Proxy-Authorization: Bearer ${devToken}\r\n`],
  ["nothing", ""],
  ["ci's name and its own token", basic(`ci:${devToken}`)],
  ["ci's name and no token", basic("ci:")],
  ["ci's name and no colon", basic("ci")],
  ["no name and no token", basic(":")],
  ["no name and its own token", basic(`:${devToken}`)],
  ["no name and ci's name as the token", basic(":ci")],
  ["ci's name as a Bearer token", "Proxy-Authorization: Bearer ci\r\n"],
  ["ci's name, a colon and its own pair", basic(`ci:dev:${devToken}`)],
  ["its own pair and ci's name behind it", basic(`dev:${devToken}:ci`)],
  ["a NUL behind ci's name", basic(`ci\0:${devToken}`)],
  ["a line end in the pair", basic(`dev:${devToken}\r\nci:x`)],
  ["a blank behind ci's name", basic(`ci :${devToken}`)],
  ["ci's name in capitals", basic(`CI:${devToken}`)],
  ["ci's name in octets that are no UTF-8", basic(`ci\xff:${devToken}`)],
  ["ci's name in overlong UTF-8", basic(`\xc1\xa3\xc1\xa9:${devToken}`)],
  ["ci's name in full width", basic(`\xef\xbd\x83\xef\xbd\x89:${devToken}`)],
  ["a pair of 40,000 octets", basic(`ci:${"x".repeat(30_000)}`)],
  ["base64 without its end", `Proxy-Authorization: Basic ${btoa("ci:x").replace(/=+$/, "")}\r\n`],
  ["base64 with more at its end", `Proxy-Authorization: Basic ${btoa("ci:x")}!!!!\r\n`],
  ["two fields, its own first", dev + basic("ci:")],
  ["two fields, its own last", basic("ci:") + dev],
  ["two schemes in one field", `${dev.trimEnd()}, Basic ${btoa("ci:")}\r\n`],
  ["its own twice", dev + dev],
  ["Authorization instead", `Authorization: Basic ${btoa(`dev:${devToken}`)}\r\n`],
  ["an underscore in the name of the field", dev.replace("Proxy-", "Proxy_")],
  ["a blank before the colon", dev.replace(":", " :")],
  ["another scheme", `Proxy-Authorization: Digest username="ci", response="x"\r\n`],
  ["Negotiate", "Proxy-Authorization: Negotiate Y2k=\r\n"],
  ["no scheme", `Proxy-Authorization: ${devToken}\r\n`],
  ["the token of a revoked agent", basic(`old:${oldToken}`)],
  ["the token of a revoked agent alone", `Proxy-Authorization: Bearer ${oldToken}\r\n`],
  ["ci's name and the token of a revoked agent", basic(`ci:${oldToken}`)],
  ["ci's token in capitals", basic(`ci:${ciToken.toUpperCase()}`)],
  ["ci's token but for its last letter", basic(`ci:${ciToken.slice(0, -1)}`)],
  ["ci's token and a letter more", basic(`ci:${ciToken}x`)],
  ["its own, and ci's name in other fields", `${dev}X-Agent: ci\r\nX-Forwarded-User: ci\r\n`],
  ["its own, and ci's as Forwarded", `${dev}Forwarded: for=ci;by=ci\r\nFrom: ci\r\n`],
];

/** Those for which a digest has to be made first. */
export async function digestProofs(): Promise<(readonly [trick: string, fields: string])[]> {
  const digest = await tokenDigestHex(ciToken);
  return [
    ["the digest of ci's token", basic(`ci:${digest}`)],
    ["the digest of ci's token alone", `Proxy-Authorization: Bearer ${digest}\r\n`],
    ["the digest of ci's token with its kind", basic(`ci:sha256:${digest}`)],
  ];
}

/** Asks the vault for something, having shown this to the proxy: in a tunnel, in it again, and in clear. */
export function useAs(trick: string, fields: string, path: string): readonly AttackCase[] {
  const ask = (way: string, more = "") =>
    get("vault.test", { path: `${path}/${way}`, fields: more });
  const tunnel = (proof: string, request: string) => (world: AttackWorld) =>
    throughTunnel(world, {
      connect: connectHead("vault.test:443", proof),
      sni: "vault.test",
      request,
    });
  const inside = `${path}/inside`;
  const clear = `http://vault.test${path}/clear`;
  return [
    steal(`ci's credential by ${trick}`, `${path}/tunnel`, tunnel(fields, ask("tunnel"))),
    steal(
      `ci's credential by ${trick} inside its tunnel`,
      inside,
      tunnel(dev, ask("inside", fields)),
    ),
    steal(
      `ci's credential by ${trick} in clear`,
      `${path}/clear`,
      (world) => inClear(world, ask("clear", fields).replace(`${path}/clear`, clear)),
    ),
  ];
}

/** Succeeds if the vault has got its key with a request for `path`. */
export function steal(
  wants: string,
  path: string,
  attempt: (world: AttackWorld) => Promise<Evidence>,
): AttackCase {
  return {
    wants,
    attempt: async (world) => {
      const evidence = await attempt(world);
      const { requests } = world.server("vault");
      const stolen = requests.some(({ target, fields }) =>
        target === path && world.loot.findIn(JSON.stringify(fields)).length > 0
      );
      return {
        ...evidence,
        gained: stolen ? ["The vault has served it with ci's credential"] : [],
      };
    },
  };
}
