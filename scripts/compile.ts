/**
 * Builds dist/auth-proxy, one executable.
 *
 * Run: `./scripts/deno task compile [--target TARGET]`. `deno compile` makes it where its runtime stub,
 * denort, can be had; elsewhere a bundle and this Deno are packed into one file (pack.ts), which
 * behaves the same, but only for the platform on which it is built.
 *
 * @module
 */

import { Command } from "commander";
import project from "../deno.json" with { type: "json" };
import { bundle } from "./bundle.ts";
import { pack } from "./pack.ts";
import { packedRunFlags, permissionFlags, v8Flags } from "./permissions.ts";
import { runDeno } from "./run_command.ts";
import { findRuntimeStub } from "./runtime_stub.ts";

const entry = "main.ts";
const output = "dist/auth-proxy";

/** Targets of `deno compile`. */
const targets: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

async function build(target: string): Promise<number> {
  if (!targets.includes(target)) {
    console.error(`Cannot build for ${target}: the targets are ${targets.join(", ")}`);
    return 2;
  }
  await Deno.mkdir("dist", { recursive: true });
  const stub = await findRuntimeStub(target);
  if (stub.obtainable) return await compile(target);
  const local = Deno.build.target;
  if (target !== local || Deno.build.os !== "linux") {
    console.error(
      `Cannot build for ${target}: ${stub.reason} and DENORT_BIN is not set; without denort only ` +
        "the platform of the build can be packed, and only Linux",
    );
    return 1;
  }
  console.error(`${stub.reason} and DENORT_BIN is not set: packing ${output} for ${local} instead`);
  await packLocal();
  return 0;
}

function compile(target: string): Promise<number> {
  return runDeno([
    "compile",
    "--frozen",
    "--quiet",
    "--no-prompt",
    v8Flags,
    ...permissionFlags,
    `--target=${target}`,
    `--output=${output}`,
    entry,
  ]);
}

async function packLocal(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "auth-proxy-bundle-" });
  try {
    await pack({
      output,
      program: Deno.execPath(),
      modules: await bundle(entry, folder),
      header: await Deno.readTextFile(new URL("pack_header.sh", import.meta.url)),
      runFlags: packedRunFlags,
      version: project.version,
      platform: Deno.build.target,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const command = new Command("compile")
    .description("Builds dist/auth-proxy, one executable")
    .option("--target <target>", "the platform it is for", Deno.build.target)
    .parse(Deno.args, { from: "user" });
  const { target } = command.opts<{ target: string }>();
  const code = await build(target);
  if (code === 0) {
    console.error(
      `${output} completion SHELL prints completions, ${output} man the manual page: README.md says ` +
        "where they go",
    );
  }
  Deno.exit(code);
}
