import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { accepts, freePort, type Lab } from "./lab.ts";
import { issueServerCertificate, type KeyPairFiles, makeRoot } from "./pki.ts";

/** The name that every contender has a credential for, and one that it has none for. */
export const apiHost = "api.bench.test";
export const blindHost = "blind.bench.test";

/** What has to arrive at the upstream; a client never sends it. */
export const credential = "Bearer bench-credential-0123456789abcdef";
/** The part of it that a secret store holds. */
export const secret = credential.slice("Bearer ".length);

/** Sizes of bodies, in octets, under their paths. */
export const bodySizes: ReadonlyMap<string, number> = new Map([
  ["/1k", 1024],
  ["/16k", 16 * 1024],
  ["/64k", 64 * 1024],
  ["/256k", 256 * 1024],
  ["/1m", 1024 * 1024],
]);

export const mebibyte = 1024 * 1024;

/** The real service: nginx with TLS, which answers 401 unless it is sent the credential. */
export interface Upstream {
  readonly port: number;
  /** The same with HTTP/2. */
  readonly http2Port: number;
  /** The root that vouches for it, PEM. */
  readonly caFile: string;
  readonly version: string;
  /** Octets of `size` to upload, as a sparse file. */
  uploadFile(size: number): string;
  /** How many requests it has answered so far. */
  countRequests(): Promise<number>;
}

/** How many octets of text are under /coded/gzip and /coded/br. */
export const codedOctets = 64 * mebibyte;

/** Sizes, in octets, of the downloads under /download/SIZE, and of the files to upload. */
export const transferSizes: readonly number[] = [16 * mebibyte, 128 * mebibyte, 1024 * mebibyte];

export async function startUpstream(lab: Lab): Promise<Upstream> {
  const folder = await lab.makeFolder("upstream-files");
  const root = await makeRoot(lab, `${folder}/root`);
  const certificate = await issueServerCertificate(lab, {
    root,
    file: `${folder}/server`,
    names: [apiHost, blindHost],
  });
  const ports = { tls: freePort(), http2: freePort(), status: freePort() };
  const config = await lab.write(
    `${folder}/nginx.conf`,
    await nginxConfig(lab, { folder, certificate, ports }),
  );
  await lab.start("upstream", {
    command: ["nginx", "-e", lab.join(folder, "error.log"), "-c", config],
    isReady: async () => await accepts(ports.tls) && await accepts(ports.status),
  });
  const { stderr } = await lab.run(["nginx", "-v"]);
  return {
    port: ports.tls,
    http2Port: ports.http2,
    caFile: root.cert,
    version: stderr.trim(),
    uploadFile: (size) => lab.join("www", "download", String(size)),
    countRequests: () => readRequestCount(ports.status),
  };
}

/** The third number of ngx_http_stub_status_module's third line. */
export function parseRequestCount(status: string): number {
  const [, count] = /^\s*\d+\s+\d+\s+(\d+)\s*$/m.exec(status) ?? [];
  if (count === undefined) throw new Error(`Cannot parse ${JSON.stringify(status)}: no counters`);
  return Number(count);
}

async function readRequestCount(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/status`);
  return parseRequestCount(await response.text());
}

async function nginxConfig(
  lab: Lab,
  { folder, certificate, ports }: {
    readonly folder: string;
    readonly certificate: KeyPairFiles;
    readonly ports: { readonly tls: number; readonly http2: number; readonly status: number };
  },
): Promise<string> {
  const www = await lab.makeDir("www");
  await lab.makeDir("www/download");
  await lab.write("www/small", smallJson());
  for (const [path, size] of bodySizes) await lab.write(`www${path}`, "x".repeat(size));
  await lab.makeDir("www/coded");
  const text = jsonText(codedOctets);
  await Deno.writeFile(lab.join("www", "coded", "gzip"), gzipSync(text, { level: 6 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 4 };
  await Deno.writeFile(
    lab.join("www", "coded", "br"),
    brotliCompressSync(text, { params: quality }),
  );
  for (const size of transferSizes) {
    using file = await Deno.open(lab.join("www", "download", String(size)), {
      create: true,
      write: true,
    });
    // Sparse: it takes no room, and reading it asks no disk.
    await file.truncate(size);
  }
  return `
${nginxMain(lab, folder)}
http {
  access_log off;
  default_type application/json;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 300s;
  keepalive_requests 100000000;
  ${await temporaryPaths(lab, folder)}
  open_file_cache max=100 inactive=600s;
  open_file_cache_valid 600s;
  server {
    listen 127.0.0.1:${ports.tls} ssl backlog=4096;
    listen 127.0.0.1:${ports.http2} ssl http2;
    server_name ${apiHost} ${blindHost};
    ssl_certificate ${certificate.cert};
    ssl_certificate_key ${certificate.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:upstream:10m;
    root ${www};
    client_max_body_size 0;
    client_body_buffer_size 1m;
    set $refused $http_authorization;
    if ($host = ${blindHost}) { set $refused "${credential}"; }
    if ($refused != "${credential}") { return 401; }
    location /coded/gzip { add_header Content-Encoding gzip; }
    location /coded/br { add_header Content-Encoding br; }
    location = /upload {
      # A proxied request is read to its end first; nothing of it is passed on.
      proxy_pass http://127.0.0.1:${ports.status}/sink;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
  }
  server {
    listen 127.0.0.1:${ports.status};
    location = /status { stub_status; }
    location = /sink { return 200 "stored\\n"; }
  }
}
`;
}

/** What every nginx of the lab has in its main context. */
export function nginxMain(lab: Lab, folder: string): string {
  return `
${Deno.uid() === 0 ? "user root;" : ""}
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${lab.join(folder, "pid")};
error_log ${lab.join(folder, "error.log")} error;
events { worker_connections 8192; }
`;
}

/** The folders that an nginx keeps bodies in, in the lab. */
export async function temporaryPaths(lab: Lab, folder: string): Promise<string> {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const lines: string[] = [];
  for (const kind of kinds) {
    const path = await lab.makeDir(`${folder}/${kind}`);
    lines.push(`${kind}_temp_path ${path};`);
  }
  return lines.join("\n  ");
}

/** Lines of JSON that compress as an API's do. */
function jsonText(octets: number): Uint8Array {
  const lines = Array.from({ length: 200_000 }, (_, id) => {
    const created = new Date(1.7e12 + id * 7919e3).toISOString();
    return JSON.stringify({ id: id * 7919, name: `item-${id}`, created, score: Math.sin(id) });
  });
  const block = new TextEncoder().encode(lines.join("\n"));
  const text = new Uint8Array(octets);
  for (let at = 0; at < octets; at += block.length) {
    text.set(block.subarray(0, Math.min(block.length, octets - at)), at);
  }
  return text;
}

/** About 1 KB, such as an API answers with. */
function smallJson(): string {
  const item = (id: number) => ({ id, name: `item-${id}`, state: "open", labels: ["a", "b"] });
  return JSON.stringify({ total: 16, items: Array.from({ length: 16 }, (_, id) => item(id)) });
}
