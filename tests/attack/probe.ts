/**
 * The attacker's tools: sends exactly the octets that it is given and keeps all that comes back. Texts
 * are octets, one for each UTF-16 unit.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { hostOf, RawClient } from "../support/proxy_client.ts";
import { within } from "../support/wait_until.ts";
import type { Evidence } from "./attack_case.ts";
import type { AttackWorld } from "./attack_world.ts";

export interface TunnelProbe {
  /** The CONNECT target, or the whole head if it has line ends. */
  readonly connect: string;
  /** The name in SNI; an IP address sends none. The target's host if not given. */
  readonly sni?: string;
  /** What is sent inside TLS. Something in it makes the proxy or the server end the connection. */
  readonly request: string;
  /** Sends the request in clear inside the tunnel. */
  readonly clear?: boolean;
}

const deadlineMs = 10_000;

/** Opens a tunnel, sends the request in it, and reads to the end, however far it gets. */
export async function throughTunnel(
  world: Pick<AttackWorld, "proxy" | "ca">,
  { connect, sni, request, clear = false }: TunnelProbe,
): Promise<Evidence> {
  using outer = await RawClient.connect(world.proxy.url);
  const head = connect.includes("\r\n")
    ? connect
    : `CONNECT ${connect} HTTP/1.1\r\nHost: ${connect}\r\n\r\n`;
  await outer.send(Buffer.from(head, "latin1"));
  const answer = await readHead(outer);
  if (!/^HTTP\/1\.1 200 /.test(answer)) return evidence(answer, await readToEnd(outer));
  if (clear) return evidence(answer, await exchange(outer, request));
  let inner: RawClient;
  try {
    inner = await outer.startTls(sni ?? hostOf(connect), world.ca);
  } catch {
    // No TLS, no request: all that came is the answer to CONNECT.
    return evidence(answer);
  }
  using _ = inner;
  return evidence(answer, await exchange(inner, request));
}

/** Sends the octets to the listener itself, and reads to the end. */
export async function inClear(
  { proxy: { url } }: { readonly proxy: { readonly url: string } },
  request: string,
): Promise<Evidence> {
  using client = await RawClient.connect(url);
  return evidence(await exchange(client, request));
}

/** A request that asks for the connection to be closed after the answer. */
export function get(host: string, { path = "/", fields = "" } = {}): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}Connection: close\r\n\r\n`;
}

/** Writes it all, and reads until the peer ends the connection. */
export async function exchange(client: RawClient, request: string): Promise<string> {
  // Whoever refuses may stop reading before it has all: what comes back is what counts.
  const sending = client.send(Buffer.from(request, "latin1")).catch(() => {});
  const received = await readToEnd(client);
  await sending;
  return received;
}

/** Everything up to the end of the connection, whole or broken off. */
export async function readToEnd({ reader }: RawClient): Promise<string> {
  let text = "";
  async function read(): Promise<void> {
    try {
      for (;;) {
        const octets = await reader.readSome();
        if (octets === undefined) return;
        text += Buffer.from(octets).toString("latin1");
      }
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset) return;
      if (error instanceof Deno.errors.UnexpectedEof) return;
      throw error;
    }
  }
  await within(read(), { what: `the connection ends; so far came ${show(text)}`, deadlineMs });
  return text;
}

/** The texts as evidence, one after the other. */
export function evidence(...texts: readonly string[]): Evidence {
  return { received: Buffer.from(texts.join(""), "latin1") };
}

/** The head of an answer; nothing if the connection ends instead. */
async function readHead({ reader }: RawClient): Promise<string> {
  const answer = await within(reader.readHead(), { what: "CONNECT is answered", deadlineMs });
  if (answer === undefined) return "";
  const lines = answer.fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${answer.startLine}\r\n${lines.join("")}\r\n`;
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
