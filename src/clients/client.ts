import type { ClientVariable } from "./client_variables.ts";

/** What one kind of client needs. */
export interface Client {
  readonly name: string;
  /** The variables by which it finds the proxy; none if it has to be told otherwise. */
  readonly proxy: readonly ClientVariable[];
  /** The variables by which it trusts our CA; likewise. */
  readonly trust: readonly ClientVariable[];
  /** What variables cannot do, and what does it: Markdown, one line. */
  readonly beyond?: string;
  /** The version that was last run with these variables and nothing else. */
  readonly tried?: string;
  /** Where it is documented. */
  readonly source: string;
}

const lowerCase: readonly ClientVariable[] = ["https_proxy", "http_proxy", "no_proxy"];
const upperCase: readonly ClientVariable[] = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"];

/** Which spelling of the proxy variables a client reads first. */
export const proxySpelling = { lowerCase, upperCase } as const;
