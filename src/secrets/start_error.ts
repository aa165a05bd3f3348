import type { Problem } from "./problem.ts";

/** What must be mended before the proxy starts, one line each. */
export class StartError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ where, message }) => `${where}: ${message}`).join("\n"));
    this.name = "StartError";
    this.problems = problems;
  }
}
