import { configure, getLogger, getTextFormatter } from "@logtape/logtape";
import { jsonLogLine, textSuffix } from "./log_line.ts";

/** The log's levels, as the code uses them. Values must be fit to be read by anyone: no secrets. */
export interface Log {
  debug(message: string, properties?: Record<string, unknown>): void;
  info(message: string, properties?: Record<string, unknown>): void;
  warn(message: string, properties?: Record<string, unknown>): void;
  error(message: string, properties?: Record<string, unknown>): void;
}

export type LogFormat = "text" | "json";

/** What lines are written to. */
export interface LogTarget {
  writeSync(bytes: Uint8Array): number;
}

/**
 * Sets up logging for the whole process and returns the proxy's logger.
 *
 * @param target stderr if it is not given.
 */
export async function openLog(format: LogFormat, target: LogTarget = Deno.stderr): Promise<Log> {
  const formatter = format === "json" ? jsonLogLine : getTextFormatter({
    timestamp: "rfc3339",
    format: ({ timestamp, level, message, record }) =>
      `${timestamp} ${level} ${message}${textSuffix(record)}`,
  });
  const encoder = new TextEncoder();
  await configure({
    sinks: {
      target: (record) => {
        writeAll(target, encoder.encode(formatter(record)));
      },
    },
    loggers: [
      { category: "auth-proxy", lowestLevel: "info", sinks: ["target"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["target"] },
    ],
  });
  const logger = getLogger("auth-proxy");
  return {
    debug: (message, properties) => logger.debug(message, properties),
    info: (message, properties) => logger.info(message, properties),
    warn: (message, properties) => logger.warn(message, properties),
    error: (message, properties) => logger.error(message, properties),
  };
}

function writeAll(target: LogTarget, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += target.writeSync(bytes.subarray(written));
}
