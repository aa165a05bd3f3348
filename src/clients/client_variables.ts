/** What a client needs to know to go through the proxy. */
export interface ClientNeeds {
  /** `http://HOST:PORT` (or `https://`), with the agent's name and token if they are demanded. */
  readonly proxyUrl: string;
  /** Where the client sees the CA's public folder. */
  readonly publicFolder: string;
}

/** What a variable holds. */
interface Content {
  /** In the words of the documentation. */
  readonly holds: string;
  /** `undefined` if there is nothing to say to clients with these needs. */
  readonly value: (needs: ClientNeeds) => string | undefined;
}

/** The password of truststore.p12: what Java's own has, and no secret. */
export const truststorePassword = "changeit";

const proxyUrl: Content = { holds: "the proxy's URL", value: (needs) => needs.proxyUrl };

/**
 * The client's own loopback: development servers and databases beside it. Through the proxy these
 * names would mean the proxy's host, and are refused there. Nothing else: what is not sent through
 * the proxy is neither checked nor recorded. `localhost` goes without its subdomains, and there is no
 * network in CIDR notation, as not every client reads it.
 */
const loopback: Content = {
  holds: "`localhost,127.0.0.1,::1`",
  value: () => "localhost,127.0.0.1,::1",
};

/**
 * The bundle even for clients that add it to roots of their own: tunnelled connections may end at a
 * corporate proxy, whose CA is in the bundle if the host trusts it.
 */
const bundle: Content = {
  holds: "`ca-bundle.pem`",
  value: ({ publicFolder }) => `${publicFolder}/ca-bundle.pem`,
};

const one: Content = { holds: "`1`", value: () => "1" };

const javaOptions: Content = {
  holds: "`-Djavax.net.ssl.trustStore=…/truststore.p12`, its type and password, and " +
    "`-Dhttps.proxyHost`, `-Dhttps.proxyPort` (and `http.`)",
  value: writeJavaOptions,
};

/** PHP scans the public folder after its own, which an empty element stands for. */
const phpFolders: Content = {
  holds: "PHP's own folder of settings and the public one: `auth-proxy.ini` there names the bundle",
  value: ({ publicFolder }) => `${/^[A-Za-z]:/.test(publicFolder) ? ";" : ":"}${publicFolder}`,
};

/** Every variable that clients are given, and what is in it. In this order they are printed. */
const contents = {
  HTTPS_PROXY: proxyUrl,
  // Both spellings: curl reads http_proxy in lower case alone, others read only upper case.
  https_proxy: proxyUrl,
  HTTP_PROXY: proxyUrl,
  http_proxy: proxyUrl,
  NO_PROXY: loopback,
  no_proxy: loopback,
  NODE_USE_ENV_PROXY: one,
  SSL_CERT_FILE: bundle,
  CURL_CA_BUNDLE: bundle,
  GIT_SSL_CAINFO: bundle,
  REQUESTS_CA_BUNDLE: bundle,
  PIP_CERT: bundle,
  AWS_CA_BUNDLE: bundle,
  CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: bundle,
  NODE_EXTRA_CA_CERTS: bundle,
  npm_config_cafile: bundle,
  DENO_CERT: bundle,
  CARGO_HTTP_CAINFO: bundle,
  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: bundle,
  PHP_INI_SCAN_DIR: phpFolders,
  JAVA_TOOL_OPTIONS: javaOptions,
} satisfies Readonly<Record<string, Content>>;

/** The name of a variable that clients are given. */
export type ClientVariable = keyof typeof contents;

/** The names of all of them. */
export const clientVariables = Object.keys(contents) as readonly ClientVariable[];

/** What the variable holds, as Markdown. */
export function describeVariable(name: ClientVariable): string {
  return contents[name].holds;
}

/** The variable's value for clients with these needs, or undefined if they are better without it. */
export function valueOf(name: ClientVariable, needs: ClientNeeds): string | undefined {
  return contents[name].value(needs);
}

/**
 * Options for every JVM. It has no variables for a proxy, nor a property for an agent's name and token,
 * and speaks no TLS with one.
 */
function writeJavaOptions({ proxyUrl, publicFolder }: ClientNeeds): string {
  const { protocol, hostname, port, password } = new URL(proxyUrl);
  const properties = [
    `javax.net.ssl.trustStore=${publicFolder}/truststore.p12`,
    "javax.net.ssl.trustStoreType=PKCS12",
    `javax.net.ssl.trustStorePassword=${truststorePassword}`,
  ];
  if (protocol === "http:") {
    for (const scheme of ["https", "http"]) {
      // An IPv6 address goes without its brackets: the property is a host name.
      properties.push(`${scheme}.proxyHost=${hostname.replace(/^\[|\]$/g, "")}`);
      properties.push(`${scheme}.proxyPort=${port === "" ? "80" : port}`);
    }
    // Else a program that has them, from its own settings, would not send them with CONNECT.
    if (password !== "") properties.push("jdk.http.auth.tunneling.disabledSchemes=");
  }
  return properties.map((property) => quoteForJvm(`-D${property}`)).join(" ");
}

/** The JVM splits at white space outside of quotes; nothing else is special within them. */
function quoteForJvm(option: string): string {
  if (!/[\s"']/.test(option)) return option;
  return option.includes('"') ? `'${option}'` : `"${option}"`;
}
