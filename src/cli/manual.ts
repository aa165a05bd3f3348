import type { Command } from "commander";
import { version } from "../app.ts";
import { homeFolder } from "../secrets/home_folder.ts";
import { defaultCaDir } from "./default_ca_dir.ts";
import { describedProgram } from "./described_program.ts";
import { manualPage } from "./manual_page.ts";
import { writeLine } from "./write_line.ts";

/**
 * `auth-proxy man`: prints the manual page. It is the same for every user: their home is `~` in it.
 *
 * @returns The exit status.
 */
export function runManual(program: Command): number {
  const caDir = defaultCaDir();
  const page = manualPage(describedProgram(program), {
    version,
    home: homeFolder(),
    caDir,
  });
  writeLine(Deno.stdout, page.trimEnd());
  return 0;
}
