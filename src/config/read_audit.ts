import type { AuditSettings } from "../observe/audit_settings.ts";
import type { Settings } from "./merge_settings.ts";
import type { Problem } from "../secrets/problem.ts";

/**
 * Reads where the audit log goes, and whether requests depend on it.
 *
 * @param settings A path (`-` is stderr, `none` is nowhere), and whether requests depend on it.
 * @param rest How the log is kept.
 */
export function readAudit(
  { auditFile, auditRequired }: Pick<Settings, "auditFile" | "auditRequired">,
  rest: AuditSettings,
): { audit: AuditSettings; problems: Problem[] } {
  const file = auditFile?.value ?? "-";
  const required = auditRequired?.value ?? false;
  const problems: Problem[] = [];
  if (file === "") {
    problems.push({
      where: auditFile?.origin ?? "--audit-file",
      message: 'Cannot parse "": name a file, or write - for stderr, or none',
    });
  }
  if (required && file === "none") {
    problems.push({
      where: auditRequired?.origin ?? "--audit-required",
      message: "Cannot require an audit log that is not written: name a file with --audit-file",
    });
  }
  return { audit: { ...rest, ...(file === "-" ? {} : { file }), required }, problems };
}
