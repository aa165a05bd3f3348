/** Where the audit log goes, and how much of it is kept. */
export interface AuditSettings {
  /** A path; `none` writes nothing; absent is stderr. */
  readonly file?: string;
  /** Octets that a file may have before the next one is begun. */
  readonly maxBytes: number;
  /** How many files are kept besides the one that is written. */
  readonly keep: number;
  /** Whether requests are refused while the log cannot be written. */
  readonly required: boolean;
}

/** What holds unless the operator says otherwise. */
export const defaultAuditSettings: AuditSettings = {
  maxBytes: 100_000_000,
  keep: 10,
  required: false,
};
