import { dirname } from "node:path";
import { fileFailure } from "../secrets/file_failure.ts";
import { StartError } from "../secrets/start_error.ts";
import type { AuditSettings } from "./audit_settings.ts";
import type { AuditSink, AuditSinkOptions } from "./audit_sink.ts";
import { BatchingSink, largestBatch } from "./batching_sink.ts";
import { ForeignFileError } from "./own_file.ts";
import { RotatingFile } from "./rotating_file.ts";
import { StderrTarget } from "./stderr_target.ts";

/**
 * Opens the sink that the settings ask for.
 *
 * @throws {StartError} If the file cannot be written: the proxy does not start without its log.
 */
export async function openAuditSink(
  settings: AuditSettings,
  options: AuditSinkOptions,
): Promise<AuditSink> {
  const { file, maxBytes } = settings;
  if (file === undefined) return new BatchingSink(new StderrTarget(), options);
  if (file === "none") return nowhere;
  const target = new RotatingFile(file, { ...settings, ...options });
  try {
    await target.open();
  } catch (error) {
    throw new StartError([{ where: "--audit-file", message: openFailure(file, error) }]);
  }
  return new BatchingSink(target, { ...options, batchBytes: Math.min(largestBatch, maxBytes) });
}

const nowhere: AuditSink = {
  write: () => {},
  failing: false,
  lost: 0,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

function openFailure(file: string, error: unknown): string {
  const what = `Cannot write the audit log ${JSON.stringify(file)}`;
  return error instanceof ForeignFileError
    ? `${what}: ${error.message}; move it away, or choose another file`
    : `${what}: ${fileFailure(error)}; make ${JSON.stringify(dirname(file))} writable, ` +
      "or choose another file";
}
