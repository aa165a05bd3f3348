import { loadRules } from "../app/load_rules.ts";
import { openPlaceholderKey } from "../app/placeholder_key.ts";
import { placeholdersFor } from "../app/placeholders_for.ts";
import { caPaths } from "../ca/ca_paths.ts";
import { readGivenToken } from "../ca/token_file.ts";
import type { Config } from "../config/config.ts";
import type { Problem } from "../secrets/problem.ts";
import { StartError } from "../secrets/start_error.ts";
import { formatHost, parseHost } from "../wire/authority.ts";
import { clientEnvironment } from "../clients/client_environment.ts";
import {
  type EnvironmentFormat,
  environmentFormats,
  formatEnvironment,
} from "../clients/environment_formats.ts";
import { runOrComplain } from "./complain.ts";
import { readConfig, type StartFlags } from "./start_options.ts";
import { urlWithToken } from "./url_with_token.ts";
import { writeLine } from "./write_line.ts";

export type EnvFlags = StartFlags & {
  readonly format: string;
  readonly proxyUrl?: string;
  readonly publicDir?: string;
};

/**
 * `auth-proxy env`: prints the variables that let a client go through the proxy and trust it, and a
 * placeholder for each credential that the proxy holds.
 *
 * @returns The exit status.
 */
export function runEnv(flags: EnvFlags): Promise<number> {
  return runOrComplain(async () => {
    const { config, problems } = await readConfig(flags);
    const format = environmentFormats.find((known) => known === flags.format);
    if (format === undefined) {
      problems.push({
        where: "--format",
        message: `write one of ${environmentFormats.join(", ")}`,
      });
    }
    const { proxyUrl } = flags;
    if (proxyUrl !== undefined && !isProxyUrl(proxyUrl)) {
      problems.push({
        where: "--proxy-url",
        message: "write http://HOST:PORT or http://AGENT:TOKEN@HOST:PORT (or https://)",
      });
    }
    if (format === undefined || problems.length > 0) throw new StartError(problems);
    writeLine(Deno.stdout, (await describe(config, { ...flags, format })).trimEnd());
  });
}

async function describe(
  config: Config,
  { format, proxyUrl, publicDir }: {
    format: EnvironmentFormat;
    proxyUrl?: string;
    publicDir?: string;
  },
): Promise<string> {
  const problems: Problem[] = [];
  const { ruleSet } = await loadRules(config, { environment: Deno.env.toObject(), problems });
  if (problems.length > 0) throw new StartError(problems);
  const { publicFolder } = caPaths(config.caDir);
  const variables = clientEnvironment({
    proxyUrl: proxyUrl ?? await urlOf(config),
    publicFolder: publicDir ?? publicFolder,
    placeholders: placeholdersFor(ruleSet, await openPlaceholderKey(config)),
  });
  return formatEnvironment(variables, format);
}

function isProxyUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" &&
    url.search === "" && url.hash === "";
}

async function urlOf({ listen, agentTokenFile }: Config): Promise<string> {
  const url = `http://${formatHost(parseHost(listen.hostname))}:${listen.port}`;
  if (agentTokenFile === undefined) return url;
  return urlWithToken(url, await readGivenToken("--agent-token-file", agentTokenFile));
}
