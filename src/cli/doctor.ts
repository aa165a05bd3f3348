import { configFindings } from "../app/config_findings.ts";
import { failed, type HealthCheck, isFine } from "../app/health_check.ts";
import { openCa } from "../app/open_ca.ts";
import { loadConfig, type LoadedConfig } from "../app/policy.ts";
import { serviceChecks } from "../app/service_checks.ts";
import { caPaths } from "../ca/ca_paths.ts";
import type { Config } from "../config/config.ts";
import { formatListenAddress, type ListenAddress } from "../config/listen_address.ts";
import { bind } from "../proxy/bind.ts";
import { refuseUnverified } from "../proxy/refuse_unverified.ts";
import { dateOf } from "../secrets/client_certificate.ts";
import { StartError } from "../secrets/start_error.ts";
import { runOrComplain } from "./complain.ts";
import { findRunningProxy } from "./running_proxy.ts";
import { readConfig, type StartFlags } from "./start_options.ts";
import { writeLine } from "./write_line.ts";

export type DoctorFlags = StartFlags & { readonly format: string };

/**
 * `auth-proxy doctor`: looks at this machine as the proxy would run on it, and says what is wrong and what
 * mends it.
 *
 * @returns The exit status: 1 if something is wrong, 2 for bad usage.
 */
export async function runDoctor(flags: DoctorFlags): Promise<number> {
  let checks: readonly HealthCheck[] = [];
  const status = await runOrComplain(async () => {
    if (flags.format !== "text" && flags.format !== "json") {
      throw new StartError([{ where: "--format", message: "write text or json" }]);
    }
    checks = await examine(flags);
    const text = flags.format === "json"
      ? JSON.stringify({ checks }, null, 2)
      : [...checks.map(checkText), summary(checks)].join("\n");
    writeLine(Deno.stdout, text);
  });
  if (status !== 0) return status;
  return checks.some(({ level }) => level === "failure") ? 1 : 0;
}

/** What depends on something that is wrong is not looked at. */
async function examine(flags: StartFlags): Promise<HealthCheck[]> {
  const environment = Deno.env.toObject();
  const surroundings = await problemsOf(() => refuseUnverified(environment));
  const { config, problems } = await readConfig(flags);
  if (problems.length > 0) return [...surroundings, ...asFailures(problems)];
  let loaded: LoadedConfig | undefined;
  const reading = await problemsOf(async () => {
    loaded = await loadConfig(config, { environment });
  });
  if (loaded === undefined) return [...surroundings, ...reading];
  loaded.inputs.use(loaded.store);
  const { ruleSet, extraAnchors } = loaded;
  await Promise.all(ruleSet.rules.flatMap(({ live }) => live?.renew() ?? []));
  const rules = ruleSet.rules.length;
  return [
    ...surroundings,
    isFine("configuration", `it can be run: ${rules} ${rules === 1 ? "rule" : "rules"}`),
    ...findings(loaded),
    ...await checkCa(config, extraAnchors),
    ...await checkListeners(config, loaded),
    ...await serviceChecks(loaded, { environment, bundlePath: caPaths(config.caDir).bundle }),
  ];
}

async function problemsOf(attempt: () => void | Promise<void>): Promise<HealthCheck[]> {
  try {
    await attempt();
    return [];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return asFailures(error.problems);
  }
}

/** The text of a problem says itself what mends it. */
function asFailures(problems: StartError["problems"]): HealthCheck[] {
  return problems.map(({ where, message }) => failed(where, { message }));
}

/** What `auth-proxy check` says; errors are about credentials, which are looked at by themselves. */
function findings(loaded: LoadedConfig): HealthCheck[] {
  return configFindings(loaded, { now: Date.now() }).flatMap(({ level, ...rest }) =>
    level === "error" ? [] : [{ level, ...rest }]
  );
}

async function checkCa(config: Config, extraAnchors: readonly string[]): Promise<HealthCheck[]> {
  const { certificate } = caPaths(config.caDir);
  if (config.givenCa === undefined && !await exists(certificate)) {
    const message = `there is none yet: the first start makes it in ${config.caDir}`;
    return [{ level: "note", subject: "CA", message }];
  }
  let notAfter = 0;
  const problems = await problemsOf(async () => {
    ({ notAfter } = await openCa(config, extraAnchors));
  });
  if (problems.length > 0) return problems;
  return [isFine("CA", `it can sign, and is valid until ${dateOf(notAfter)}`)];
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

async function checkListeners(config: Config, { ruleSet }: LoadedConfig): Promise<HealthCheck[]> {
  let running: Awaited<ReturnType<typeof findRunningProxy>>;
  try {
    running = await findRunningProxy(config, ruleSet);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const message = "a proxy of this CA runs there; it demands a token, so it was asked nothing";
    return [{ level: "note", subject: formatListenAddress(config.listen), message }];
  }
  if (running !== undefined) {
    const subject = formatListenAddress(config.listen);
    if (running.lacks.length === 0) {
      return [isFine(subject, "a proxy of this CA runs there, with these rules")];
    }
    return [failed(subject, {
      message: `the proxy that runs there has no credential for ${running.lacks.join(", ")}`,
      mend: "restart it with these options, or have it reload: kill -HUP, POST /admin/reload",
    })];
  }
  const { listen, admin, listenTls, transparent } = config;
  const listeners: [string, ListenAddress][] = [
    ["--listen", listen],
    ["--admin", admin],
    ...(listenTls === undefined ? [] : [["--listen-tls", listenTls] as [string, ListenAddress]]),
    ...transparent.map((address): [string, ListenAddress] => ["--transparent", address]),
  ];
  const checks = await Promise.all(listeners.map(([flag, address]) => checkPort(flag, address)));
  return checks.flat();
}

async function checkPort(flag: string, address: ListenAddress): Promise<HealthCheck[]> {
  const problems = await problemsOf(async () => {
    const listener = await bind(flag, address, (at) => Deno.listen(at));
    listener.close();
  });
  return problems.length > 0 ? problems : [isFine(flag, `${formatListenAddress(address)} is free`)];
}

const marks = { ok: "ok   ", note: "note ", warning: "warn ", failure: "FAIL " } as const;

function checkText({ level, subject, message, mend }: HealthCheck): string {
  const line = `${marks[level]} ${subject}: ${message}`;
  return mend === undefined ? line : `${line}\n      mend: ${mend}`;
}

function summary(checks: readonly HealthCheck[]): string {
  const count = (wanted: HealthCheck["level"]) =>
    checks.filter(({ level }) => level === wanted).length;
  const failures = count("failure");
  const warnings = count("warning");
  return failures === 0
    ? `Nothing is broken; ${warnings} warnings.`
    : `${failures} broken, ${warnings} warnings.`;
}
