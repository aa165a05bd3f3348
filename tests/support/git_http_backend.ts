/**
 * A git server: smart HTTP through the real `git http-backend` (a CGI program, RFC 3875).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { HttpReader } from "./http_reader.ts";
import type { Handler } from "./upstream.ts";
import type { UpstreamExchange } from "./upstream_exchange.ts";
import { writeAll } from "./write_all.ts";

export interface GitServerOptions {
  /** The folder whose bare repositories are served. */
  readonly root: string;
  /** The only credential accepted: Basic, user `x-access-token`, this password. */
  readonly token: string;
}

export function gitHttpBackend(options: GitServerOptions): Handler {
  const credential = Buffer.from(`x-access-token:${options.token}`).toString("base64");
  return async (exchange) => {
    if (exchange.request.values("authorization").join() !== `Basic ${credential}`) {
      await exchange.respond({ status: 401, fields: { "WWW-Authenticate": 'Basic realm="git"' } });
      return;
    }
    await runBackend(exchange, options.root);
  };
}

/** Makes the bare repository `name` below `root`, with one commit on `main` that holds `files`. */
export async function createRepository(
  root: string,
  options: { readonly name: string; readonly files: Readonly<Record<string, string>> },
): Promise<void> {
  const work = await Deno.makeTempDir({ dir: root });
  for (const [name, text] of Object.entries(options.files)) {
    await Deno.writeTextFile(`${work}/${name}`, text);
  }
  await git(["init", "--quiet", "--initial-branch=main", work]);
  await git(["-C", work, "add", "."]);
  await git(["-C", work, ...identity, "commit", "--quiet", "--message=first"]);
  const bare = `${root}/${options.name}`;
  await git(["clone", "--quiet", "--bare", work, bare]);
  await git(["-C", bare, "config", "http.receivepack", "true"]);
  await Deno.remove(work, { recursive: true });
}

/** Flags that give a commit an author where the machine has none configured. */
export const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"] as const;

/** Runs git without the user's or the machine's configuration; gives what it prints. */
export async function git(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: [...args],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
    },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`git ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

async function runBackend(exchange: UpstreamExchange, root: string): Promise<void> {
  const { request } = exchange;
  const child = new Deno.Command("git", {
    args: ["http-backend"],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method,
      PATH_INFO: request.path,
      QUERY_STRING: request.target.split("?")[1] ?? "",
      REMOTE_USER: "x-access-token",
      REMOTE_ADDR: "127.0.0.1",
      ...optional("CONTENT_TYPE", request.values("content-type")),
      ...optional("CONTENT_LENGTH", request.values("content-length")),
      ...optional("HTTP_CONTENT_ENCODING", request.values("content-encoding")),
      ...optional("GIT_PROTOCOL", request.values("git-protocol")),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  await Promise.all([feed(exchange, child.stdin), answer(exchange, child.stdout)]);
  const { code } = await child.status;
  if (code !== 0) throw new Error(`git http-backend exits ${code}`);
}

function optional(name: string, values: readonly string[]): Record<string, string> {
  const [value] = values;
  return value === undefined ? {} : { [name]: value };
}

async function feed(exchange: UpstreamExchange, stdin: WritableStream<Uint8Array>): Promise<void> {
  const writer = stdin.getWriter();
  for await (const bytes of exchange.body()) await writer.write(bytes.slice());
  await writer.close();
}

async function answer(
  exchange: UpstreamExchange,
  stdout: ReadableStream<Uint8Array>,
): Promise<void> {
  const reader = new HttpReader(byteSource(stdout));
  const fields = Object.fromEntries(await reader.readFields());
  const status = Number((fields["Status"] ?? "200").split(" ")[0]);
  delete fields["Status"];
  await exchange.writeHead(status, { ...fields, "Transfer-Encoding": "chunked" });
  for (;;) {
    const bytes = await reader.readSome();
    if (bytes === undefined) break;
    await exchange.write(`${bytes.length.toString(16)}\r\n`);
    await writeAll(exchange.connection, bytes);
    await exchange.write("\r\n");
  }
  await exchange.write("0\r\n\r\n");
}

function byteSource(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  let rest = new Uint8Array();
  return {
    async read(buffer: Uint8Array): Promise<number | null> {
      if (rest.length === 0) {
        const { value } = await reader.read();
        if (value === undefined) return null;
        rest = new Uint8Array(value);
      }
      const count = Math.min(rest.length, buffer.length);
      buffer.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
  };
}
