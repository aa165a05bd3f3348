import type { AuditSettings } from "../observe/audit_settings.ts";
import type { Problem } from "../secrets/problem.ts";

/** What the command line says of the audit log. */
export interface AuditFlags {
  /** A path; `-` is stderr, `none` is nowhere. */
  readonly auditFile?: string;
  readonly auditRequired: boolean;
}

/**
 * Reads where the audit log goes, and whether requests depend on it.
 *
 * @param settings What holds where the flags say nothing.
 */
export function readAudit(
  { auditFile, auditRequired }: AuditFlags,
  settings: AuditSettings,
): { audit: AuditSettings; problems: Problem[] } {
  const { file: fileSetting, ...rest } = settings;
  const file = auditFile ?? fileSetting ?? "-";
  const required = auditRequired || settings.required;
  const problems: Problem[] = [];
  if (file === "") {
    problems.push({
      where: "--audit-file",
      message: 'Cannot parse "": name a file, or write - for stderr, or none',
    });
  }
  if (required && file === "none") {
    problems.push({
      where: "--audit-required",
      message: "Cannot require an audit log that is not written: name a file with --audit-file",
    });
  }
  return { audit: { ...rest, ...(file === "-" ? {} : { file }), required }, problems };
}
