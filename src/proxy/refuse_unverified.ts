import type { Problem } from "../secrets/problem.ts";
import { StartError } from "../secrets/start_error.ts";
import { verificationIsOff } from "./verification_check.ts";

/**
 * Refuses an environment in which TLS protects nothing (I7).
 *
 * @throws {StartError} naming the variables.
 */
export function refuseUnverified(environment: Readonly<Record<string, string>>): void {
  const problems: Problem[] = [];
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    problems.push({
      where: "NODE_TLS_REJECT_UNAUTHORIZED",
      message:
        "it turns certificate verification off: unset it (use --upstream-ca for a private CA)",
    });
  }
  if (environment.SSLKEYLOGFILE) {
    problems.push({
      where: "SSLKEYLOGFILE",
      message: "it has the keys of every TLS connection written to a file: unset it",
    });
  }
  if (problems.length > 0) throw new StartError(problems);
}

/**
 * Refuses a runtime that ignores certificate errors. What `deno compile` made has no such flag.
 *
 * @throws {StartError} if it does.
 */
export async function refuseUnverifyingRuntime(): Promise<void> {
  if (Deno.build.standalone || !await verificationIsOff()) return;
  throw new StartError([{
    where: "deno",
    message: "certificate errors are ignored: start without --unsafely-ignore-certificate-errors",
  }]);
}
