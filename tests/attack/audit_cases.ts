/**
 * What a client puts where the audit log and the operator's log may quote it: to add lines of its own, to
 * drive the terminal that shows them, and to leave none.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { auditLines } from "../support/audit_lines.ts";
import { RawClient } from "../support/proxy_client.ts";
import { waitUntil } from "../support/wait_until.ts";
import { basic } from "./agent_cases.ts";
import type { AttackCase, Evidence } from "./attack_case.ts";
import { AttackWorld } from "./attack_world.ts";
import { evidence, get, inClear, throughTunnel } from "./probe.ts";

export const agentToken = "agent-token-0123456789-abcdefghij";
const authority = "api.github.com:443";
/** A line that says what the attacker wants to be read. */
const forged = '{"time":"2026-01-01T00:00:00.000Z","id":"forged","kind":"exchange","agent":"ci"}';
/** What is in the value of a query, and must not be in a log. */
const queryValue = "query-value-0123456789";

export async function startAuditWorld(): Promise<AttackWorld> {
  const file = await Deno.makeTempFile({ prefix: "auth-proxy-test-" });
  try {
    await Deno.writeTextFile(file, `${agentToken}\n`, { mode: 0o600 });
    await Deno.chmod(file, 0o600);
    return await AttackWorld.start({
      args: ["--agent-token-file", file],
      servers: [
        {
          name: "github",
          names: ["api.github.com"],
          standsFor: [authority],
          mayHold: ["GITHUB_TOKEN"],
        },
        { name: "in clear", standsFor: [":80"] },
      ],
    });
  } finally {
    await Deno.remove(file);
  }
}

/** Octets, each with what it is to do. */
const payloads: readonly (readonly [purpose: string, octets: string])[] = [
  ["a line end", `\r\n${forged}`],
  ["a line feed", `\n${forged}`],
  ["a carriage return", `\r${forged}`],
  ["an encoded line end", `%0d%0a${forged}`],
  ["a line end encoded twice", `%250d%250a${forged}`],
  ["an escaped line end", `\\n${forged}`],
  ["Unicode's line separator", `\xe2\x80\xa8${forged}`],
  ["a next line of C1", `\xc2\x85${forged}`],
  ["a vertical tab", `\x0b${forged}`],
  ["a form feed", `\x0c${forged}`],
  ["a quotation mark", `","id":"forged","kind":"exchange","x":"`],
  ["a backslash before the quotation mark", `\\","id":"forged","x":"`],
  ["the end of an object", `"}${forged}`],
  ["colours", "\x1b[32mallow\x1b[0m"],
  ["a cleared screen", "\x1b[2J\x1b[H"],
  ["a title", "\x1b]0;owned\x07"],
  ["an introducer of C1", "\xc2\x9b31m"],
  ["an introducer in one octet", "\x9b31m"],
  ["backspaces", "\b\b\b\b\b\b"],
  ["a NUL", "\0"],
  ["a DEL", "\x7f"],
  ["text from right to left", "\xe2\x80\xaewolla"],
  ["octets that are no UTF-8", "\xff\xfe\xc0\x80"],
  ["half a pair of surrogates", "\xed\xa0\x80"],
  ["very much", "x".repeat(40_000)],
];

type Send = (world: AttackWorld, payload: string) => Promise<Evidence>;

const proof = basic(`agent:${agentToken}`);

function tunnel(request: (payload: string) => string): Send {
  const connect = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proof}\r\n`;
  return (world, payload) =>
    throughTunnel(world, { connect, sni: "api.github.com", request: request(payload) });
}

function clear(request: (payload: string) => string): Send {
  return (world, payload) => inClear(world, request(payload));
}

/** Where it is put, and how it gets there. */
const places: Readonly<Record<string, Send>> = {
  "the path": tunnel((p) => get("api.github.com", { path: `/x${p}` })),
  "a query value": tunnel((p) => get("api.github.com", { path: `/?t=${queryValue}${p}` })),
  "a query name": tunnel((p) => get("api.github.com", { path: `/?t=${queryValue}&${p}=1` })),
  "the method": tunnel((p) => get("api.github.com").replace("GET", `GET${p}`)),
  "the version": tunnel((p) => get("api.github.com").replace("1.1", `1.1${p}`)),
  "Host": tunnel((p) => get(`api.github.com${p}`)),
  "a field": tunnel((p) => get("api.github.com", { fields: `X-Note: ${p}\r\nVia: ${p}\r\n` })),
  "the name of a field": tunnel((p) => get("api.github.com", { fields: `X${p}: y\r\n` })),
  "Upgrade": tunnel((p) => get("api.github.com", { fields: `Upgrade: ${p}\r\n` })),
  "the name of an agent": clear((p) =>
    get("plain.test", { path: "http://plain.test/", fields: basic(`ci${p}:x`) })
  ),
  "the name of an agent that is let in": clear((p) =>
    get("plain.test", { path: "http://plain.test/", fields: basic(`ci${p}:${agentToken}`) })
  ),
  "a scheme of authentication": clear((p) =>
    get("plain.test", { fields: `Proxy-Authorization: ${p} x\r\n` })
  ),
  "the target of a request in clear": clear((p) =>
    get("plain.test", { path: `http://plain.test/${p}`, fields: proof })
  ),
  "the host of a request in clear": clear((p) =>
    get("plain.test", { path: `http://plain${p}.test/`, fields: proof })
  ),
  "the target of CONNECT": clear((p) =>
    `CONNECT x${p}.test:443 HTTP/1.1\r\nHost: x.test\r\n${proof}\r\n`
  ),
};

/** What is wrong with what a log says, in words. */
export function logProblems(text: string): string[] {
  const problems: string[] = [];
  for (const line of text.split("\n")) {
    const isAudit = line.startsWith('{"time"');
    if (isAudit && !isGenuine(line)) problems.push(`A line is forged: ${line}`);
    // In the operator's log this is the proxy's own, where it has shortened something.
    const octet = /[^\x20-\x7e]/.exec(isAudit ? line : line.replaceAll("…", ""));
    if (octet !== null) problems.push(`The log has ${JSON.stringify(octet[0])}: ${line}`);
  }
  if (text.includes(queryValue)) problems.push("The log has the value of a query");
  if (text.includes(agentToken)) problems.push("The log has an agent's token");
  return problems;
}

function isGenuine(line: string): boolean {
  try {
    const { id, agent } = JSON.parse(line);
    return id !== "forged" && (agent === undefined || agent === "agent");
  } catch {
    return false;
  }
}

/** Does it, and sees that it has left so many lines at least, and none that it should not. */
function logged(
  wants: string,
  { attempt, lines = 1 }: {
    readonly attempt: (world: AttackWorld) => Promise<Evidence>;
    readonly lines?: number;
  },
): AttackCase {
  return {
    wants,
    attempt: async (world) => {
      const { proxy } = world;
      const start = proxy.stderr.length;
      const before = auditLines(proxy).length;
      const { received } = await attempt(world);
      await waitUntil(() => auditLines(proxy).length >= before + lines, {
        what: `there are ${lines} lines of it`,
      });
      return { received, gained: logProblems(proxy.stderr.slice(start)) };
    },
  };
}

/** Goes away in the middle. */
function leave(wants: string, octets: string): AttackCase {
  return logged(wants, {
    attempt: async ({ proxy }) => {
      using client = await RawClient.connect(proxy.url);
      await client.send(Buffer.from(octets, "latin1"));
      const some = await client.reader.readSome(12);
      return evidence(Buffer.from(some ?? []).toString("latin1"));
    },
  });
}

export const auditCases: readonly AttackCase[] = [
  ...payloads.map(([purpose, payload]) =>
    logged(`to write into the log by ${purpose}, wherever it may be quoted`, {
      lines: Object.keys(places).length,
      attempt: async (world) => {
        const answers: Uint8Array[] = [];
        for (const send of Object.values(places)) {
          answers.push((await send(world, payload)).received);
        }
        return { received: Buffer.concat(answers) };
      },
    })
  ),
  leave(
    "a tunnel that leaves no line, by going away before its handshake",
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proof}\r\n`,
  ),
  leave(
    "a tunnel that leaves no line, by going away in its handshake",
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proof}\r\n\x16\x03\x01\x02`,
  ),
  leave(
    "an exchange that leaves no line, by going away before its answer is whole",
    get("plain.test", { path: "http://plain.test/", fields: proof }),
  ),
  leave("an exchange that leaves no line, by being no HTTP", "\x16\x03\x01\0\x05hello\r\n\r\n"),
];
