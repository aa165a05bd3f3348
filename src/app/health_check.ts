/** What became of one thing that was looked at. */
export interface HealthCheck {
  readonly level: "ok" | "note" | "warning" | "failure";
  readonly subject: string;
  readonly message: string;
  /** What to do about it. */
  readonly mend?: string;
}

/** Makes a check that found nothing wrong. */
export function isFine(subject: string, message: string): HealthCheck {
  return { level: "ok", subject, message };
}

/** Makes a check that found what has to be mended. */
export function failed(subject: string, { message, mend }: Omit<HealthCheck, "level" | "subject">) {
  return { level: "failure", subject, message, ...(mend === undefined ? {} : { mend }) } as const;
}
