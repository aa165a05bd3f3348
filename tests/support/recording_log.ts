import type { Log } from "../../src/observe/log.ts";

/** What was logged: the level, the message and its properties. */
export interface LogEntry {
  readonly level: keyof Log;
  readonly message: string;
  readonly properties: Record<string, unknown>;
}

/** A log that keeps what it is told. */
export class RecordingLog implements Log {
  readonly entries: LogEntry[] = [];

  debug(message: string, properties: Record<string, unknown> = {}): void {
    this.entries.push({ level: "debug", message, properties });
  }

  info(message: string, properties: Record<string, unknown> = {}): void {
    this.entries.push({ level: "info", message, properties });
  }

  warn(message: string, properties: Record<string, unknown> = {}): void {
    this.entries.push({ level: "warn", message, properties });
  }

  error(message: string, properties: Record<string, unknown> = {}): void {
    this.entries.push({ level: "error", message, properties });
  }

  /** The entries of one level. */
  at(level: keyof Log): LogEntry[] {
    return this.entries.filter((entry) => entry.level === level);
  }
}
