import type { Contender } from "./contender.ts";
import { accepts, freePort } from "./lab.ts";
import { apiHost, blindHost, credential } from "./upstream.ts";

/** mitmdump, with an addon that adds the credential and streams bodies in both directions. */
export const mitmproxy: Contender = {
  name: "mitmproxy",
  programs: ["mitmdump"],
  install: "apt-get install mitmproxy",
  slow: true,
  version: async (lab) => (await lab.run(["mitmdump", "--version"])).stdout.split("\n")[0] ?? "",
  start: async ({ lab, upstream }) => {
    const folder = await lab.makeFolder("mitmproxy-files");
    const addon = await lab.write(
      `${folder}/addon.py`,
      `
def server_connect(data):
    data.server.address = ("127.0.0.1", ${upstream.port})

def requestheaders(flow):
    flow.request.stream = True
    if flow.request.pretty_host == "${apiHost}":
        flow.request.headers["Authorization"] = "${credential}"

def responseheaders(flow):
    flow.response.stream = True
`,
    );
    const port = freePort();
    const caFile = lab.join(folder, "mitmproxy-ca-cert.pem");
    const service = await lab.start("mitmproxy", {
      command: [
        ...["mitmdump", "-q", "-s", addon, "--listen-host", "127.0.0.1", "-p", String(port)],
        ...["--set", `confdir=${lab.join(folder)}`, "--set", "flow_detail=0"],
        ...["--set", `ssl_verify_upstream_trusted_ca=${upstream.caFile}`],
        ...["--ignore-hosts", blindHost.replaceAll(".", "\\.")],
      ],
      isReady: () => accepts(port),
    });
    return {
      name: "mitmproxy",
      pid: service.pid,
      route: { kind: "connect", port, caFile },
      tunnel: { kind: "connect", port, caFile: upstream.caFile },
      stop: service.stop,
    };
  },
};
