import { authProxy, packedAuthProxy } from "./auth_proxy.ts";
import type { Contender } from "./contender.ts";
import { mitmproxy } from "./mitmproxy.ts";
import { nginx } from "./nginx.ts";
import { squid } from "./squid.ts";

const standard: readonly Contender[] = [authProxy, squid, mitmproxy, nginx];

/** What every run takes, and the packages of Debian that have it. */
const tools: readonly { readonly program: string; readonly install: string }[] = [
  { program: "nginx", install: "apt-get install nginx-light" },
  { program: "openssl", install: "apt-get install openssl" },
  { program: "curl", install: "apt-get install curl" },
  { program: "wrk", install: "apt-get install wrk" },
  { program: "h2load", install: "apt-get install nghttp2-client" },
  { program: "proxychains4", install: "apt-get install proxychains4" },
];

/**
 * The contenders to measure, ours first.
 *
 * @throws {Error} if there is none of that name.
 */
export function selectContenders(
  { names, dist }: { readonly names?: string; readonly dist: boolean },
): Contender[] {
  const all = dist ? [...standard, packedAuthProxy] : standard;
  if (names === undefined) return [...all];
  const wanted = names.split(",").map((name) => name.trim());
  const unknown = wanted.find((name) => !all.some((contender) => contender.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot measure "${unknown}": there are ${all.map(({ name }) => name).join(", ")}`,
    );
  }
  return all.filter(({ name }) => wanted.includes(name));
}

/** Those of `wanted` that are installed, and for each of the others what installs it. */
export function installed(
  wanted: readonly Contender[],
): { readonly contenders: Contender[]; readonly missing: string[] } {
  const lacks = (contender: Contender) => contender.programs.some((name) => !hasProgram(name));
  return {
    contenders: wanted.filter((contender) => !lacks(contender)),
    missing: wanted.filter(lacks).map(({ name, install }) => `${name} is not here: ${install}`),
  };
}

/** For each tool that is not installed, what installs it. */
export function missingTools(): string[] {
  return tools.filter(({ program }) => !hasProgram(program))
    .map(({ program, install }) => `${program} is not here: ${install}`);
}

function hasProgram(name: string): boolean {
  const folders = name.includes("/") ? [""] : (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => {
    try {
      return Deno.statSync(folder === "" ? name : `${folder}/${name}`).isFile;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return false;
      }
      throw error;
    }
  });
}
