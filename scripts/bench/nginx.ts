import type { Contender } from "./contender.ts";
import { accepts, freePort } from "./lab.ts";
import { issueServerCertificate, makeRoot } from "./pki.ts";
import { apiHost, credential, nginxMain, temporaryPaths } from "./upstream.ts";

/**
 * nginx as a reverse proxy with a certificate of its own: no CONNECT, no certificate made on the way.
 * The floor, in C.
 */
export const nginx: Contender = {
  name: "nginx",
  programs: ["nginx"],
  install: "apt-get install nginx-light",
  version: async (lab) => (await lab.run(["nginx", "-v"])).stderr.trim(),
  start: async ({ lab, upstream }) => {
    const folder = await lab.makeFolder("nginx-files");
    const root = await makeRoot(lab, `${folder}/root`);
    const file = `${folder}/server`;
    const files = await issueServerCertificate(lab, { root, file, names: [apiHost] });
    const port = freePort();
    const config = await lab.write(
      `${folder}/nginx.conf`,
      `
${nginxMain(lab, folder)}
http {
  access_log off;
  keepalive_timeout 300s;
  keepalive_requests 100000000;
  ${await temporaryPaths(lab, folder)}
  upstream service {
    server 127.0.0.1:${upstream.port};
    keepalive 512;
    keepalive_requests 100000000;
    keepalive_timeout 300s;
  }
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    ssl_certificate ${files.cert};
    ssl_certificate_key ${files.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:nginx:10m;
    client_max_body_size 0;
    location / {
      proxy_pass https://service;
      proxy_http_version 1.1;
      proxy_set_header Host ${apiHost}:${upstream.port};
      proxy_set_header Connection "";
      proxy_set_header Authorization "${credential}";
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${upstream.caFile};
      proxy_ssl_name ${apiHost};
      proxy_ssl_server_name on;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`,
    );
    const service = await lab.start("nginx", {
      command: ["nginx", "-e", lab.join(folder, "error.log"), "-c", config],
      isReady: () => accepts(port),
    });
    return {
      name: "nginx",
      pid: service.pid,
      route: { kind: "straight", port, caFile: root.cert },
      stop: service.stop,
    };
  },
};
