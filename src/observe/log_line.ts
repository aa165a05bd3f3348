import type { LogRecord } from "@logtape/logtape";
import { printableJson } from "./json_content.ts";

/** What a line is made of. */
export type LoggedRecord = Pick<LogRecord, "level" | "timestamp" | "rawMessage" | "properties">;

/**
 * One object in one line: `level` (`debug`, `info`, `warn` or `error`), `time` (RFC 3339, UTC) and
 * `message`, in this order, then the properties. The level comes first, so that a line is told from one
 * of the audit log, which has none and begins with the time.
 */
export function jsonLogLine({ level, timestamp, rawMessage, properties }: LoggedRecord): string {
  const line = {
    level: level === "warning" ? "warn" : level,
    time: new Date(timestamp).toISOString(),
    message: String(rawMessage),
    ...properties,
  };
  return `${printableJson(line)}\n`;
}

/** The properties as ` key="value"`: one record, one line. */
export function textSuffix({ properties }: Pick<LoggedRecord, "properties">): string {
  return Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${printableJson(value)}`)
    .join("");
}
