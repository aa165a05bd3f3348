/**
 * A client of SOCKS 5, for what no well-behaved client would send.
 *
 * @module
 */

import { encodeLatin1 } from "../../src/wire/octets.ts";
import { RawClient } from "./proxy_client.ts";
import { within } from "./wait_until.ts";

export interface SocksOptions {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

/** What the proxy has answered, message by message, and the connection. */
export interface SocksAnswer {
  readonly client: RawClient;
  /** The method that was chosen. */
  readonly method: number | undefined;
  /** Whether user name and password were accepted: 0. */
  readonly verdict?: number | undefined;
  /** The reply to the request; 0 opens the tunnel. */
  readonly reply?: number | undefined;
}

/** Asks for a tunnel by name. What the proxy does not answer is left out. */
export async function askSocks(
  url: string,
  { host, port, user, password }: SocksOptions,
): Promise<SocksAnswer> {
  const client = await RawClient.connect(url);
  const proves = user !== undefined && password !== undefined;
  await client.send(Uint8Array.from(proves ? [5, 2, 0, 2] : [5, 1, 0]));
  const [, method] = await receive(client, 2);
  if (method === 2 && proves) {
    const [u, p] = [user, password].map((text) => [...new TextEncoder().encode(text)]);
    await client.send(Uint8Array.from([1, u?.length ?? 0, ...u ?? [], p?.length ?? 0, ...p ?? []]));
    const [, verdict] = await receive(client, 2);
    if (verdict !== 0) return { client, method, verdict };
    return { client, method, verdict, reply: await request(client, { host, port }) };
  }
  if (method !== 0) return { client, method };
  return { client, method, reply: await request(client, { host, port }) };
}

async function request(
  client: RawClient,
  { host, port }: { host: string; port: number },
): Promise<number | undefined> {
  const name = encodeLatin1(host);
  await client.send(Uint8Array.from([5, 1, 0, 3, name.length, ...name, port >> 8, port & 0xff]));
  return (await receive(client, 10))[1];
}

async function receive({ reader }: RawClient, length: number): Promise<number[]> {
  const octets: number[] = [];
  while (octets.length < length) {
    const some = await within(reader.readSome(), { what: "the proxy answers SOCKS" });
    if (some === undefined) break;
    octets.push(...some);
  }
  return octets;
}
