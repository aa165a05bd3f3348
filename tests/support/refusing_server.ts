/**
 * openssl's TLS server, which demands a client certificate and, unlike Deno's, has the alert arrive by
 * which it refuses one.
 *
 * @module
 */

import type { TempDir } from "./temp_dir.ts";
import type { ServerCertificate } from "./test_pki.ts";
import { TextCollector } from "./text_collector.ts";
import { waitUntil } from "./wait_until.ts";

export interface RefusingServerOptions {
  readonly dir: TempDir;
  readonly certificate: ServerCertificate;
  /** PEM: whose clients are accepted. */
  readonly clientCa: string;
  readonly version: "TLSv1.2" | "TLSv1.3";
  /** What it says that it speaks; HTTP/1.1 if not given. */
  readonly protocol?: "h2";
}

export class RefusingServer implements AsyncDisposable {
  /** `HOST:PORT` of the listener. */
  readonly address: string;
  readonly #child: Deno.ChildProcess;
  readonly #output: readonly TextCollector[];

  private constructor(
    { address, child, output }: {
      address: string;
      child: Deno.ChildProcess;
      output: readonly TextCollector[];
    },
  ) {
    this.address = address;
    this.#child = child;
    this.#output = output;
  }

  static async listen(
    { dir, certificate, clientCa, version, protocol }: RefusingServerOptions,
  ): Promise<RefusingServer> {
    const name = `refusing-${crypto.randomUUID()}`;
    const address = `127.0.0.1:${freePort()}`;
    const child = new Deno.Command("openssl", {
      args: [
        ...["s_server", "-accept", address, "-Verify", "2", "-verify_return_error"],
        ...["-cert", await dir.write(`${name}.crt`, certificate.cert)],
        ...["-key", await dir.write(`${name}.key`, certificate.key)],
        ...["-CAfile", await dir.write(`${name}.ca`, clientCa)],
        ...["-alpn", protocol ?? "http/1.1", version === "TLSv1.2" ? "-tls1_2" : "-tls1_3"],
      ],
      // At its end, openssl would end too.
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = [new TextCollector(child.stdout), new TextCollector(child.stderr)];
    await waitUntil(() => output.some(({ text }) => text.includes("ACCEPT")), {
      what: "openssl accepts connections",
    });
    return new RefusingServer({ address, child, output });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.stdin.close().catch(() => {});
    await Promise.all([this.#child.status, ...this.#output.map(({ ended }) => ended)]);
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
