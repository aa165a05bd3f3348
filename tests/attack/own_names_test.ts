/**
 * The contract: who has not been let in, or may not go to a host, cannot have its name resolved either: a
 * question to the DNS carries what is in the name out of the container, to whose server it is.
 *
 * With an /etc/hosts in which a name leads here, so that it shows whether it has been asked for. Needs root.
 */

import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { networkNamespaces } from "../support/network_namespace.ts";
import { RawClient } from "../support/proxy_client.ts";
import { testWith, tool } from "../support/tools.ts";
import { basic, devToken } from "./agent_cases.ts";
import { tokenDigestHex } from "./token_digest_hex.ts";

testWith("attack: have a name resolved by asking for what is the proxy's own", {
  needs: [networkNamespaces, tool("unshare"), tool("mount")],
  fn: async () => {
    await using lab = await Lab.create();
    const hosts = await lab.dir.write("hosts", "127.0.0.1 localhost data.attacker.test\n");
    const config = await lab.dir.write(
      "auth-proxy.yaml",
      `agents: { dev: { token_sha256: "${await tokenDigestHex(devToken)}" } }
egress: { default: deny }
`,
    );
    const proxy = await lab.proxy({
      args: ["--config", config],
      // unshare gives the process mounts of its own.
      prefix: ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts; exec "$@"', hosts],
    });
    const host = `data.attacker.test:${proxy.port}`;
    const target = `http://${host}/.well-known/auth-proxy/ca.pem`;
    for (const [fields, status] of [["", 407], [basic(`dev:${devToken}`), 403]] as const) {
      using client = await RawClient.connect(proxy.url);
      assertRefused(await client.get(target, `Host: ${host}\r\n${fields}`), { status });
    }
  },
});
