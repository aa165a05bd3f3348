import type { Client } from "./client.ts";
import { proxySpelling } from "./client.ts";

const { lowerCase, upperCase } = proxySpelling;

/** What each client needs, in the order of the documentation. */
export const clients = [
  {
    name: "curl",
    proxy: lowerCase,
    trust: ["CURL_CA_BUNDLE"],
    tried: "7.88.1",
    source: "https://curl.se/docs/manpage.html#ENVIRONMENT",
  },
  {
    name: "wget",
    proxy: lowerCase,
    trust: [],
    beyond:
      "Trust: `ca_certificate = …/ca-bundle.pem` in `~/.wgetrc`, or in the file that `WGETRC` names.",
    tried: "1.21.3",
    source: "https://www.gnu.org/software/wget/manual/wget.html#Wgetrc-Commands",
  },
  {
    name: "git",
    proxy: lowerCase,
    trust: ["GIT_SSL_CAINFO"],
    beyond: "Over HTTPS only: `git@github.com:` is SSH, which goes through no HTTP proxy.",
    tried: "2.39.5",
    source: "https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpsslCAInfo",
  },
  {
    name: "Claude Code",
    proxy: upperCase,
    trust: ["NODE_EXTRA_CA_CERTS"],
    tried: "2.1.331",
    source: "https://code.claude.com/docs/en/network-config",
  },
  {
    name: "Node fetch, http and https",
    proxy: ["NODE_USE_ENV_PROXY", ...upperCase],
    trust: ["NODE_EXTRA_CA_CERTS"],
    beyond: "Before Node 24.5 and 22.21 the program has to set a proxy agent.",
    tried: "24.9.0",
    source: "https://nodejs.org/api/cli.html#node_use_env_proxy1",
  },
  {
    name: "undici",
    proxy: upperCase,
    trust: ["NODE_EXTRA_CA_CERTS"],
    beyond: "The program calls `setGlobalDispatcher(new EnvHttpProxyAgent())`.",
    tried: "6.29.1",
    source: "https://undici.nodejs.org/#/docs/api/EnvHttpProxyAgent",
  },
  {
    name: "axios",
    proxy: upperCase,
    trust: ["NODE_EXTRA_CA_CERTS"],
    tried: "1.21.1",
    source: "https://axios-http.com/docs/req_config",
  },
  {
    name: "npm",
    proxy: upperCase,
    trust: ["npm_config_cafile"],
    tried: "11.19.1",
    source: "https://docs.npmjs.com/cli/using-npm/config#cafile",
  },
  {
    name: "Deno",
    proxy: upperCase,
    trust: ["DENO_CERT"],
    tried: "2.9.6",
    source: "https://docs.deno.com/runtime/reference/env_variables/",
  },
  {
    name: "Python requests",
    proxy: lowerCase,
    trust: ["REQUESTS_CA_BUNDLE"],
    tried: "2.28.1",
    source: "https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification",
  },
  {
    name: "Python httpx",
    proxy: lowerCase,
    trust: ["SSL_CERT_FILE"],
    tried: "0.23.3",
    source: "https://www.python-httpx.org/environment_variables/",
  },
  {
    name: "Python aiohttp",
    proxy: lowerCase,
    trust: ["SSL_CERT_FILE"],
    beyond: "The program asks for the proxy: `ClientSession(trust_env=True)`.",
    tried: "3.8.4",
    source: "https://docs.aiohttp.org/en/stable/client_advanced.html#proxy-support",
  },
  {
    name: "Python urllib",
    proxy: lowerCase,
    trust: ["SSL_CERT_FILE"],
    tried: "3.11.2",
    source: "https://docs.python.org/3/library/ssl.html#ssl.get_default_verify_paths",
  },
  {
    name: "pip",
    proxy: lowerCase,
    trust: ["PIP_CERT"],
    tried: "23.0.1",
    source: "https://pip.pypa.io/en/stable/topics/https-certificates/",
  },
  {
    name: "AWS CLI",
    proxy: lowerCase,
    trust: ["AWS_CA_BUNDLE"],
    tried: "2.9.19",
    source: "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html",
  },
  {
    name: "boto3",
    proxy: lowerCase,
    trust: ["AWS_CA_BUNDLE"],
    tried: "1.26.27",
    source: "https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html",
  },
  {
    name: "gcloud",
    proxy: lowerCase,
    trust: ["CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"],
    beyond: "`CLOUDSDK_PROXY_…` are not set: with them gcloud ignores `no_proxy`.",
    source: "https://docs.cloud.google.com/sdk/docs/proxy-settings",
  },
  {
    name: "gRPC (C core: Python, Ruby, PHP)",
    proxy: lowerCase,
    trust: ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"],
    tried: "1.51.1",
    source: "https://grpc.github.io/grpc/core/md_doc_environment_variables.html",
  },
  {
    name: "Go (gh, kubectl, go)",
    proxy: upperCase,
    trust: ["SSL_CERT_FILE"],
    beyond: "On macOS and Windows Go asks the system's store: install `ca.pem` there.",
    tried: "go 1.19.8",
    source: "https://pkg.go.dev/crypto/x509#SystemCertPool",
  },
  {
    name: "Rust (reqwest, rustls-native-certs, OpenSSL)",
    proxy: lowerCase,
    trust: ["SSL_CERT_FILE"],
    beyond: "A program with roots compiled in (`webpki-roots`) cannot be told.",
    source: "https://docs.rs/rustls-native-certs/latest/rustls_native_certs/",
  },
  {
    name: "cargo",
    proxy: lowerCase,
    trust: ["CARGO_HTTP_CAINFO"],
    tried: "1.95.0",
    source: "https://doc.rust-lang.org/cargo/reference/config.html#httpcainfo",
  },
  {
    name: "Java",
    proxy: ["JAVA_TOOL_OPTIONS"],
    trust: ["JAVA_TOOL_OPTIONS"],
    beyond: "No option holds an agent's token: the program needs an `Authenticator`, or settings " +
      "of its own (Gradle, Maven). Each JVM says on stderr what it picked up.",
    tried: "17.0.15",
    source: "https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/net/doc-files/" +
      "net-properties.html",
  },
  {
    name: "Ruby",
    proxy: lowerCase,
    trust: ["SSL_CERT_FILE"],
    tried: "3.1.2",
    source: "https://docs.ruby-lang.org/en/3.4/Net/HTTP.html#class-Net::HTTP-label-Proxy+Server",
  },
  {
    name: "PHP",
    proxy: lowerCase,
    trust: ["PHP_INI_SCAN_DIR", "SSL_CERT_FILE"],
    beyond:
      "Streams (`file_get_contents`) take a proxy only from the program; the curl extension, " +
      "Guzzle and Composer read the variables.",
    tried: "8.2.36",
    source: "https://www.php.net/manual/en/configuration.file.php#configuration.file.scan",
  },
  {
    name: ".NET",
    proxy: lowerCase,
    trust: ["SSL_CERT_FILE"],
    beyond: "Trust by variable on Linux alone; elsewhere install `ca.pem` in the system's store.",
    source: "https://learn.microsoft.com/dotnet/api/system.net.http.httpclient.defaultproxy",
  },
  {
    name: "docker",
    proxy: [],
    trust: [],
    beyond: "Pulls are the daemon's, which is not the client's child: `proxies` in its " +
      "`daemon.json`, and `ca.pem` as `/etc/docker/certs.d/REGISTRY/ca.crt`.",
    source: "https://docs.docker.com/engine/daemon/proxy/",
  },
] as const satisfies readonly Client[];

/** The name of a client of the table. */
export type ClientName = typeof clients[number]["name"];

/** The client of that name. */
export function clientNamed(name: ClientName): Client {
  const found = clients.find((client) => client.name === name);
  if (found === undefined) throw new Error(`Cannot find ${name} in the table of clients`);
  return found;
}
