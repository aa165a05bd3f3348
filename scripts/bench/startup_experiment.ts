import { executable } from "./auth_proxy.ts";
import type { Bench, Experiment } from "./experiment.ts";
import { keptEnvironment } from "./lab.ts";
import { metric } from "./metrics.ts";

/** How often each is started in a round, by turns. */
const starts = 10;

/** How long the executable takes to be ready when it has been started before. */
export const startup: Experiment = {
  name: "startup",
  about: `${executable} from exec to its ready line, and Deno's own share of that`,
  run: async (bench) => {
    const { lab, notes, samples } = bench;
    if (!await isFile(executable)) {
      notes.add(`${executable} is not here: ./scripts/deno task compile`);
      return;
    }
    const folder = await lab.makeFolder("startup");
    const envFile = await lab.write(`${folder}/secrets.env`, "GITHUB_TOKEN=ghp_benchmark\n");
    await Deno.chmod(envFile, 0o600);
    const proxy = [
      executable,
      ...["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--audit-file", "none"],
      ...["--env-file", envFile, "--ca-dir", lab.join(folder, "ca")],
    ];
    const empty = await lab.write(`${folder}/empty.js`, `console.log("ready");\n`);
    const deno = [Deno.execPath(), "run", "--quiet", "--no-config", "--no-lock", empty];
    // The first start unpacks the executable, makes the CA and fills V8's cache.
    for (const command of [proxy, proxy, deno]) await millisToReady(command, bench);
    for (let start = 0; start < starts; start++) {
      samples.add(metric.startUp, "auth-proxy", await millisToReady(proxy, bench));
      samples.add(metric.startUpOfDeno, "auth-proxy", await millisToReady(deno, bench));
    }
  },
};

/** Starts it, and ends it as soon as it has said that it is ready. */
async function millisToReady([program = "", ...args]: string[], { lab }: Bench): Promise<number> {
  const started = performance.now();
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { ...keptEnvironment(), AUTH_PROXY_CACHE_DIR: lab.join("unpacked") },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    let output = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (/^ready.*\n/m.test(output)) return performance.now() - started;
    }
    throw new Error(`Cannot start ${program}: it ended before it was ready`);
  } finally {
    kill(child);
    await child.status;
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
