import type { Contender, Setting } from "./contender.ts";
import { accepts, freePort } from "./lab.ts";
import { type KeyPairFiles, makeRoot } from "./pki.ts";
import { apiHost, blindHost, credential } from "./upstream.ts";

const certificateHelper = "/usr/lib/squid/security_file_certgen";

/** squid, decrypting with ssl_bump; its second port tunnels. */
export const squid: Contender = {
  name: "squid",
  programs: ["squid", certificateHelper],
  install: "apt-get install squid-openssl",
  version: async (lab) => (await lab.run(["squid", "-v"])).stdout.split("\n")[0] ?? "",
  start: async (setting) => {
    const { lab, upstream } = setting;
    const folder = await lab.makeFolder("squid-files");
    const root = await makeRoot(lab, `${folder}/root`);
    const ports = { intercepting: freePort(), tunnelling: freePort() };
    const config = await writeConfig(setting, { folder, root, ports });
    const service = await lab.start("squid", {
      command: ["squid", "-N", "-f", config],
      isReady: async () => await accepts(ports.intercepting) && await accepts(ports.tunnelling),
    });
    return {
      name: "squid",
      pid: service.pid,
      route: { kind: "connect", port: ports.intercepting, caFile: root.cert },
      tunnel: { kind: "connect", port: ports.tunnelling, caFile: upstream.caFile },
      stop: service.stop,
    };
  },
};

async function writeConfig(
  { lab, upstream }: Setting,
  { folder, root, ports }: {
    readonly folder: string;
    readonly root: KeyPairFiles;
    readonly ports: { readonly intercepting: number; readonly tunnelling: number };
  },
): Promise<string> {
  const pair = await Deno.readTextFile(root.cert) + await Deno.readTextFile(root.key);
  const signer = await lab.write(`${folder}/signer.pem`, pair);
  const hosts = await lab.write(`${folder}/hosts`, `127.0.0.1 ${apiHost} ${blindHost}\n`);
  const database = lab.join(folder, "certificates");
  await lab.run([certificateHelper, "-c", "-s", database, "-M", "16MB"]);
  // Started by root, squid and its helpers run as another user.
  if (Deno.uid() === 0) await lab.run(["chown", "-R", "proxy", lab.join(folder)]);
  return await lab.write(
    `${folder}/squid.conf`,
    `
http_port 127.0.0.1:${ports.intercepting} ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=16MB tls-cert=${signer}
http_port 127.0.0.1:${ports.tunnelling}
sslcrtd_program ${certificateHelper} -s ${database} -M 16MB
ssl_bump bump all
tls_outgoing_options cafile=${upstream.caFile}
hosts_file ${hosts}
http_access allow all
request_header_access Authorization deny all
request_header_add Authorization "${credential}" all
cache deny all
cache_mem 8 MB
access_log none
cache_log ${lab.join(folder, "cache.log")}
cache_store_log none
via off
forwarded_for delete
workers 1
pid_filename none
coredump_dir ${lab.join(folder)}
pinger_enable off
shutdown_lifetime 0 seconds
max_filedescriptors 16384
${Deno.uid() === 0 ? "cache_effective_user proxy" : ""}
`,
  );
}
