import { type RunningClient, startProgram } from "../clients.ts";
import type { Lab } from "../lab.ts";
import type { ServerCertificate } from "../test_pki.ts";
import { waitUntil } from "../wait_until.ts";

/** nginx speaking HTTP/2, with some of node_server.mjs's answers; ends with its scope. */
export interface NginxServer extends AsyncDisposable {
  readonly port: number;
}

/** @param options `files` are its /download/SIZE. */
export async function startNginx(
  lab: Lab,
  { certificate, authorization, files }: {
    certificate: ServerCertificate;
    authorization: string;
    files: Readonly<Record<string, Uint8Array>>;
  },
): Promise<NginxServer> {
  const { dir } = lab;
  await dir.makeDir("nginx/www/download");
  for (const [name, octets] of Object.entries(files)) {
    await Deno.writeFile(dir.join("nginx", "www", "download", name), octets);
  }
  await dir.write("nginx/www/small", '{"small":true}', { mode: 0o644 });
  await dir.write("nginx/cert.pem", certificate.cert);
  await dir.write("nginx/key.pem", certificate.key);
  // Somebody may take the port before nginx does.
  for (let attempt = 1;; attempt++) {
    const port = freePort();
    const config = nginxConfig({ folder: dir.join("nginx"), port, authorization });
    const server = startProgram(
      ["nginx", "-e", dir.join("nginx", "error.log"), "-c", await dir.write("nginx.conf", config)],
      { env: { PATH: Deno.env.get("PATH") ?? "" }, dir },
    );
    await waitUntil(async () => server.exited || await isListening(dir.join("nginx", "sink")), {
      what: "nginx listens",
    });
    if (!server.exited) return { port, [Symbol.asyncDispose]: () => stop(server) };
    if (attempt === 3) throw new Error(`nginx does not start: ${server.stderr.text}`);
  }
}

/** SIGTERM, so that the worker ends as well. */
async function stop(server: RunningClient): Promise<void> {
  if (!server.exited) server.child.kill("SIGTERM");
  await server.waitForExit();
}

function nginxConfig(
  { folder, port, authorization }: { folder: string; port: number; authorization: string },
): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
${Deno.uid() === 0 ? "user root;" : ""}
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log error;
events { worker_connections 1024; }
http {
  access_log off;
  default_type application/octet-stream;
  ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    root ${folder}/www;
    client_max_body_size 0;
    if ($http_authorization != "${authorization}") { return 401; }
    location = /upload {
      proxy_pass http://unix:${folder}/sink;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Octets $content_length;
    }
  }
  server {
    listen unix:${folder}/sink;
    location / { return 200 '{"octets":"$http_x_octets"}'; }
  }
}
`;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function isListening(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
