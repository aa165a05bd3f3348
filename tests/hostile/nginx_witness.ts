import { Buffer } from "node:buffer";
import { TempDir } from "../support/temp_dir.ts";
import { waitUntil, within } from "../support/wait_until.ts";
import { writeAll } from "../support/write_all.ts";
import { RecordingUpstream } from "./recording_upstream.ts";
import { readRequests, values } from "./reference_reader.ts";
import {
  drain,
  type Testimony,
  type Witness,
  witnessDeadlineMs,
  type WitnessedRequest,
} from "./witness.ts";

/**
 * nginx as a witness: it passes each request on to a recorder, its body whole and its own reading of
 * method and target in two fields.
 */
export class NginxWitness implements Witness {
  readonly #stack: AsyncDisposableStack;
  readonly #socket: string;
  readonly #recorder: RecordingUpstream;

  private constructor(
    parts: { stack: AsyncDisposableStack; socket: string; recorder: RecordingUpstream },
  ) {
    this.#stack = parts.stack;
    this.#socket = parts.socket;
    this.#recorder = parts.recorder;
  }

  static async start(nginx: string): Promise<NginxWitness> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await TempDir.create());
    const recorder = stack.use(RecordingUpstream.listen());
    const socket = dir.join("nginx.sock");
    const config = await dir.write("nginx.conf", configuration(dir.path, recorder.address));
    const child = new Deno.Command(nginx, {
      args: ["-p", dir.path, "-c", config, "-e", dir.join("error.log")],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    stack.defer(async () => {
      child.kill("SIGKILL");
      await child.status;
    });
    await waitUntil(() => isListening(socket), { what: "nginx listens" });
    return new NginxWitness({ stack: stack.move(), socket, recorder });
  }

  async read(
    bytes: string,
    { deadlineMs = witnessDeadlineMs }: { readonly deadlineMs?: number } = {},
  ): Promise<Testimony> {
    const mark = this.#recorder.mark();
    const connection = await Deno.connect({ transport: "unix", path: this.#socket });
    try {
      const sending = writeAll(connection, Buffer.from(bytes, "latin1")).catch(() => {});
      const answers = await within(drain(connection), {
        what: `nginx has read ${JSON.stringify(bytes.slice(0, 300))}`,
        deadlineMs,
      });
      await sending;
      const requests = this.#recorder.since(mark).flatMap(({ text }) => readRequests(text).requests)
        .map(({ fields, body }): WitnessedRequest => ({
          method: values(fields, "x-witness-method").join(),
          target: values(fields, "x-witness-target").join(),
          body,
        }));
      const [, error = null] = /HTTP\/1\.1 ([45][0-9][0-9] [^\r]*)\r\n/.exec(answers) ?? [];
      return { requests, error };
    } finally {
      connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function configuration(dir: string, recorder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${dir}/${name};`).join("\n");
  return `
    daemon off;
    master_process off;
    pid ${dir}/nginx.pid;
    error_log ${dir}/error.log;
    events { worker_connections 64; }
    http {
      access_log off;
      ${temporary}
      client_header_buffer_size 128k;
      large_client_header_buffers 4 256k;
      client_max_body_size 0;
      client_body_buffer_size 256k;
      server {
        listen unix:${dir}/nginx.sock;
        location / {
          proxy_pass http://${recorder};
          proxy_http_version 1.1;
          proxy_pass_request_headers off;
          proxy_set_header X-Witness-Method $request_method;
          proxy_set_header X-Witness-Target $request_uri;
        }
      }
    }
  `;
}

async function isListening(socket: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path: socket })).close();
    return true;
  } catch {
    return false;
  }
}
