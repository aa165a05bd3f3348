import type { App } from "../app.ts";
import { clientNamed } from "../clients/client_table.ts";
import { quote } from "../clients/environment_formats.ts";

/** What a person needs to know next, once the proxy has started: lines for stderr. */
export function startupReport(app: App): string[] {
  const { publicFolder } = app.ca;
  return [
    ...app.notes.map(({ subject, message }) => `${subject}: ${message}`),
    `The dashboard is at ${app.adminUrl}/; the admin token is in ${quote(app.adminTokenFile)}`,
    ...containerLines(new URL(app.proxyUrl), { publicFolder, user: userInfo(app) }),
  ];
}

/** How a client says who it is in the proxy's URL. */
function userInfo({ agentTokenFile, demandsIdentity }: App): string {
  if (agentTokenFile !== undefined) return `agent:$(cat ${quote(agentTokenFile)})@`;
  return demandsIdentity ? "AGENT:TOKEN@" : "";
}

interface ContainerNeeds {
  readonly publicFolder: string;
  /** What stands before the address in the proxy's URL. */
  readonly user: string;
}

const mountPoint = "/auth-proxy";

function containerLines({ hostname, port }: URL, needs: ContainerNeeds): string[] {
  const loopback = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  if (loopback && Deno.build.os === "linux") {
    const bridge = bridgeAddress();
    return [
      "To use it from a container that shares this host's network:",
      dockerRun(`${hostname}:${port}`, { ...needs, options: "--network host" }),
      "A container with a network of its own cannot reach this host's loopback: start with " +
      `--listen ${bridge ?? "BRIDGE-ADDRESS"}:${port}` +
      (bridge === undefined ? " (`docker network inspect bridge` tells the address)" : ""),
    ];
  }
  if (loopback) {
    return [
      "To use it from a container:",
      dockerRun(`host.docker.internal:${port}`, { ...needs, options: "" }),
    ];
  }
  const wildcard = hostname === "0.0.0.0" || hostname === "[::]";
  return [
    "To use it from a container:",
    wildcard
      ? dockerRun(`host.docker.internal:${port}`, {
        ...needs,
        options: "--add-host host.docker.internal:host-gateway",
      })
      : dockerRun(`${hostname}:${port}`, { ...needs, options: "" }),
  ];
}

function dockerRun(
  address: string,
  { publicFolder, user, options }: ContainerNeeds & { options: string },
): string {
  return [
    "  docker run --rm",
    ...(options === "" ? [] : [options]),
    `-e HTTPS_PROXY="http://${user}${address}" -e https_proxy="http://${user}${address}"`,
    `-v ${quote(`${publicFolder}:${mountPoint}:ro`)}`,
    ...clientNamed("curl").trust.map((name) => `-e ${name}=${mountPoint}/ca-bundle.pem`),
    "curlimages/curl -sS https://api.github.com/user",
  ].join(" ");
}

/** The host's address on Docker's default bridge, if there is one. */
function bridgeAddress(): string | undefined {
  return Deno.networkInterfaces().find(({ name, family }) =>
    name === "docker0" && family === "IPv4"
  )
    ?.address;
}
