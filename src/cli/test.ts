import { explain } from "../proxy/explain.ts";
import { differences } from "../proxy/hold_fixture.ts";
import { StartError } from "../secrets/start_error.ts";
import { readTextFile } from "../secrets/text_file.ts";
import { runOrComplain } from "./complain.ts";
import { explanationText } from "./explain.ts";
import { loadPolicy } from "./load_policy.ts";
import type { StartFlags } from "./start_options.ts";
import { writeLine } from "./write_line.ts";

/** The longest file, in bytes. */
const FILE_LIMIT = 16 * 1024 * 1024;
/** Exit status if an expectation does not hold. */
const NOT_AS_EXPECTED = 1;

/**
 * `auth-proxy test FILE`: holds a file of requests and expected decisions against the configuration.
 *
 * @returns The exit status: 0 if all hold, 1 if one does not, 2 if the file or the configuration cannot
 *   be read.
 */
export async function runTest(path: string, flags: StartFlags): Promise<number> {
  let failed = 0;
  const status = await runOrComplain(async () => {
    const read = await readTextFile(path, FILE_LIMIT);
    if ("message" in read) {
      throw new StartError([{ where: path, message: `Cannot read it: ${read.message}` }]);
    }
    const { parseFixtures } = await import("../config/fixture_file.ts");
    const { fixtures, problems } = parseFixtures(read.text, path);
    if (problems.length > 0) throw new StartError(problems);
    const { policy } = await loadPolicy(flags);
    for (const fixture of fixtures) {
      const { where, name, expect, ...request } = fixture;
      const explanation = explain(request, policy);
      const lines = differences(expect, explanation);
      const title = name ?? `${request.method} ${request.url}`;
      if (lines.length === 0) {
        writeLine(Deno.stdout, `ok ${title}`);
        continue;
      }
      failed++;
      const why = explanationText(request, explanation).split("\n");
      writeLine(Deno.stdout, `FAILED ${title} (${where})`);
      for (const line of [...lines, ...why]) writeLine(Deno.stdout, `  ${line}`);
    }
    writeLine(Deno.stdout, `${fixtures.length - failed} passed, ${failed} failed`);
  });
  return status === 0 && failed > 0 ? NOT_AS_EXPECTED : status;
}
