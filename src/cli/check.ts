import { configFindings } from "../app/config_findings.ts";
import type { Finding } from "../services/rule_findings.ts";
import { StartError } from "../secrets/start_error.ts";
import { FAILED, runOrComplain } from "./complain.ts";
import { loadPolicy } from "./load_policy.ts";
import type { StartFlags } from "./start_options.ts";
import { writeLine } from "./write_line.ts";

export type CheckFlags = StartFlags & { readonly strict: boolean; readonly format: string };

/**
 * `auth-proxy check`: says what is wrong with the configuration, and what may be, without starting.
 *
 * @returns The exit status: 2 if there is an error, or with --strict a warning.
 */
export async function runCheck(flags: CheckFlags): Promise<number> {
  let findings: readonly Finding[] = [];
  const status = await runOrComplain(async () => {
    if (flags.format !== "text" && flags.format !== "json") {
      throw new StartError([{ where: "--format", message: "write text or json" }]);
    }
    const { loaded } = await loadPolicy(flags);
    findings = configFindings(loaded, { now: Date.now() });
    if (flags.format === "json") {
      writeLine(Deno.stdout, JSON.stringify({ findings }, null, 2));
      return;
    }
    for (const { level, subject, message } of findings) {
      writeLine(Deno.stdout, `${level}: ${subject}: ${message}`);
    }
    const count = (wanted: Finding["level"]) =>
      findings.filter(({ level }) => level === wanted).length;
    const rules = loaded.ruleSet.rules.length;
    const summary = `${rules} rules, ${count("error")} errors, ${count("warning")} warnings`;
    writeLine(Deno.stdout, summary);
  });
  if (status !== 0) return status;
  const fatal: readonly string[] = flags.strict ? ["error", "warning"] : ["error"];
  return findings.some(({ level }) => fatal.includes(level)) ? FAILED : 0;
}
