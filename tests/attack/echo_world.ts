/**
 * The world of those who want a service to send the credential back: every case is a path of GitHub's
 * API, or of Claude's, at which the service answers as the case says.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { writeAll } from "../support/write_all.ts";
import type { AttackCase } from "./attack_case.ts";
import { AttackWorld } from "./attack_world.ts";
import { get, throughTunnel } from "./probe.ts";
import { secrets } from "./secrets.ts";
import { type Answer, answerTarget } from "./witness_server.ts";
import { values } from "../hostile/reference_reader.ts";

/** What a service writes; text is octets (ISO 8859-1). */
export type Write = (data: string | Uint8Array) => Promise<void>;

/** A whole answer, given the credential as it came: its field's value without the scheme. */
export type Echo = (credential: string, write: Write) => Promise<"keeps" | "closes">;

export interface EchoCase {
  readonly wants: string;
  readonly echo: Echo;
  readonly method: string;
  /** Field lines of the request. */
  readonly fields: string;
  /** Sent behind the head: a body, or frames. */
  readonly body: string;
  /** `HOST:PORT` */
  readonly authority: string;
}

const authorities = ["api.github.com:443", "github.com:443", "api.anthropic.com:443"] as const;

export function echoCase(
  wants: string,
  echo: Echo,
  options: Partial<Omit<EchoCase, "wants" | "echo">> = {},
): EchoCase {
  return {
    wants,
    echo,
    method: "GET",
    fields: "",
    body: "",
    authority: authorities[0],
    ...options,
  };
}

/** As an attack on the world that {@linkcode startEchoWorld} makes of the same cases. */
export function asAttack(tried: EchoCase, index: number): AttackCase {
  return {
    wants: tried.wants,
    attempt: async (world) => {
      const { authority, method, fields, body } = tried;
      const host = authority.split(":", 1)[0] ?? "";
      const head = get(host, { path: `/case/${index}`, fields });
      const evidence = await throughTunnel(world, {
        connect: authority,
        request: head.replace(/^GET/, method) + body,
      });
      const name = authority === authorities[2] ? "claude" : "github";
      const echoed = world.server(name).requests.some(({ target }) => target === `/case/${index}`);
      // An attack that nobody has carried out proves nothing.
      if (!echoed) throw new Error(`The service has not been asked for case ${index}`);
      return evidence;
    },
  };
}

export async function startEchoWorld(cases: readonly EchoCase[]): Promise<AttackWorld> {
  const answer: Answer = async (request, connection) => {
    const tried = cases[Number(/^\/case\/(\d+)$/.exec(request.target)?.[1] ?? "NaN")];
    if (tried === undefined) return await answerTarget(request, connection);
    const [value = ""] = [
      ...values(request.fields, "authorization"),
      ...values(request.fields, "x-api-key"),
    ];
    const credential = value.slice(value.indexOf(" ") + 1);
    return await tried.echo(credential, (data) => writeAll(connection, octets(data)));
  };
  return await AttackWorld.start({
    args: ["--rule", "a.corp.test:8443,X-Api-Key,CORP_KEY"],
    servers: [
      {
        name: "github",
        names: ["api.github.com", "github.com"],
        standsFor: authorities.slice(0, 2),
        mayHold: ["GITHUB_TOKEN"],
        answer,
      },
      {
        name: "claude",
        names: ["api.anthropic.com"],
        standsFor: authorities.slice(2),
        mayHold: ["ANTHROPIC_API_KEY"],
        answer,
      },
    ],
  });
}

/** What a client would get of the case if no proxy stood between: for the control. */
export async function echoedBare({ echo, authority }: EchoCase): Promise<Uint8Array> {
  const written: Uint8Array[] = [];
  const credential = {
    "github.com:443": Buffer.from(`x-access-token:${secrets.GITHUB_TOKEN}`).toString("base64"),
    "api.anthropic.com:443": secrets.ANTHROPIC_API_KEY,
  }[authority] ?? secrets.GITHUB_TOKEN;
  await echo(credential, (data) => {
    written.push(octets(data));
    return Promise.resolve();
  });
  return Buffer.concat(written);
}

function octets(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? Buffer.from(data, "latin1") : data;
}

/** A 200 with these field lines and this body, and its length. */
export async function ok(
  write: Write,
  body: string | Uint8Array,
  fields = "",
): Promise<"keeps"> {
  await write(`HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n`);
  await write(body);
  return "keeps";
}

/** A 200 with a chunk for each of the pieces. */
export async function chunks(
  write: Write,
  pieces: Iterable<string | Uint8Array>,
  { fields = "", trailers = "" } = {},
): Promise<"keeps"> {
  await write(`HTTP/1.1 200 OK\r\n${fields}Transfer-Encoding: chunked\r\n\r\n`);
  for (const piece of pieces) {
    await write(`${piece.length.toString(16)}\r\n`);
    await write(piece);
    await write("\r\n");
  }
  await write(`0\r\n${trailers}\r\n`);
  return "keeps";
}

/** Each octet on its own. */
export function* single(octets: Uint8Array): Generator<Uint8Array> {
  for (const octet of octets) yield Uint8Array.of(octet);
}

/** A frame of a WebSocket server: unmasked (RFC 6455 section 5.2). */
export function frame(first: number, payload: string): string {
  const { length } = payload;
  const size = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  return String.fromCharCode(first, ...size) + payload;
}
