import project from "../../deno.json" with { type: "json" };
import type { Contender, RunningContender, Setting } from "./contender.ts";
import { permissionFlags, v8Flags } from "../permissions.ts";
import { apiHost, blindHost, secret } from "./upstream.ts";

/** What `./scripts/deno task compile` makes. */
export const executable = "dist/auth-proxy";

/** What `deno task start` runs; a test holds the task's flags and permissions.ts together. */
const fromSource = [
  Deno.execPath(),
  ...["run", "--frozen", "--quiet", "--no-prompt", v8Flags, ...permissionFlags, "main.ts"],
];

/** auth-proxy, run from the source. */
export const authProxy: Contender = {
  name: "auth-proxy",
  programs: [],
  install: "",
  version: async (lab) =>
    `auth-proxy ${project.version}, ` +
    (await lab.run([Deno.execPath(), "--version"])).stdout.split("\n")[0],
  start: (setting) => startAuthProxy(setting),
};

/** auth-proxy, as `./scripts/deno task compile` left it. */
export const packedAuthProxy: Contender = {
  name: "auth-proxy-dist",
  programs: [executable],
  install: "./scripts/deno task compile",
  version: async (lab) =>
    `${executable} ${(await lab.run([executable, "--version"])).stdout.trim()}`,
  start: async (setting) => ({
    ...await startAuthProxy(setting, { command: [executable] }),
    name: "auth-proxy-dist",
  }),
};

export interface AuthProxyOptions {
  readonly command?: readonly string[];
  /** How many rules it has in all; the one that matches is the last. */
  readonly rules?: number;
  /** More arguments. */
  readonly args?: readonly string[];
}

/** Starts auth-proxy with a rule for the upstream. */
export async function startAuthProxy(
  { lab, upstream }: Setting,
  { command = fromSource, rules = 1, args }: AuthProxyOptions = {},
): Promise<RunningContender> {
  const folder = await lab.makeFolder("auth-proxy-files");
  const envFile = await lab.write(`${folder}/secrets.env`, `BENCH_TOKEN=${secret}\n`);
  await Deno.chmod(envFile, 0o600);
  // One in ten is for a whole domain.
  const hosts = Array.from(
    { length: rules - 1 },
    (_, index) => index % 10 === 0 ? `*.team-${index}.bench.test` : `host-${index}.bench.test`,
  );
  const service = await lab.start("auth-proxy", {
    command: [
      ...command,
      ...["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--env-file", envFile],
      ...["--ca-dir", lab.join(folder, "ca"), "--upstream-ca", upstream.caFile],
      ...[...hosts, `${apiHost}:${upstream.port}`].flatMap((host) => [
        "--rule",
        `${host},Authorization,BENCH_TOKEN`,
      ]),
      ...[apiHost, blindHost].flatMap((host) => [
        "--connect-to",
        `${host}:${upstream.port}:127.0.0.1:${upstream.port}`,
      ]),
      ...["--allow-private", "127.0.0.0/8"],
      // As by default, but not into a pipe that the benchmark itself would have to read.
      ...args ?? ["--audit-file", lab.join(folder, "audit.jsonl")],
    ],
    isReady: ({ output }) => readyLine.test(output()),
  });
  const [, port, caFile = ""] = readyLine.exec(service.output()) ?? [];
  return {
    name: "auth-proxy",
    pid: service.pid,
    route: { kind: "connect", port: Number(port), caFile },
    tunnel: { kind: "connect", port: Number(port), caFile: upstream.caFile },
    stop: service.stop,
  };
}

const readyLine = /^ready proxy=http:\/\/127\.0\.0\.1:(\d+) .*ca=(.+)$/m;
