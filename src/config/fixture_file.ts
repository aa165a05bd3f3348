/**
 * Files of requests and of what is expected to become of them. Loaded only for `auth-proxy test`.
 *
 * @module
 */
import { z } from "zod";
import type { Problem } from "../secrets/problem.ts";
import { closed, oneOf, parseAgentName, parsed, whole } from "./schema_parts.ts";
import { schemaProblems } from "./schema_problems.ts";
import { readYamlTree } from "./yaml_tree.ts";

/** A request, and what is expected to become of it; what is absent may be anything. */
export interface Fixture {
  /** Where it stands: `requests.yaml:3:5`. */
  readonly where: string;
  readonly name?: string;
  readonly method: string;
  readonly url: string;
  readonly agent?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly expect: Expectation;
}

export interface Expectation {
  readonly decision?: "allow" | "deny" | "error" | "tunnel";
  /** A rule's name; null: none. */
  readonly rule?: string | null;
  /** A part of the reason. */
  readonly reason?: string;
  readonly status?: number;
  /** The names of all that is added; of a query parameter with a `?` before it. */
  readonly injects?: readonly string[];
}

const decisions = ["allow", "deny", "error", "tunnel"] as const;
const LINE = "write METHOD URL -> DECISION, or METHOD URL -> DECISION RULE";

const line = parsed(LINE, (text) => {
  const [, method, url, word, rule] = /^(\S+) (\S+) -> (\w+)(?: (\S+))?$/.exec(text) ?? [];
  const decision = decisions.find((each) => each === word);
  if (method === undefined || url === undefined || decision === undefined) throw new Error(LINE);
  const expect: Expectation = { decision, ...(rule === undefined ? {} : { rule }) };
  return { method, url, headers: [], expect };
});

const request = parsed("write a request, as GET https://api.github.com/user", (text) => {
  const [, method, url] = /^(\S+) (\S+)$/.exec(text) ?? [];
  if (method !== undefined && url !== undefined) return { method, url };
  throw new Error("write a request, as GET https://api.github.com/user");
});

const string = z.string({ error: "write a text" });

const block = closed({
  name: string.exactOptional(),
  request,
  agent: parsed("write an agent's name", parseAgentName).exactOptional(),
  headers: z.record(z.string(), string, { error: "write headers, as NAME: value" })
    .exactOptional(),
  expect: closed({
    decision: oneOf(decisions).exactOptional(),
    rule: z.union([z.string(), z.null()], { error: "write a rule's name, or null for none" })
      .exactOptional(),
    reason: string.exactOptional(),
    status: whole({ min: 100, max: 599 }).exactOptional(),
    injects: z.array(string, { error: "write a list of headers' names" }).exactOptional(),
  }),
}).transform(({ request, headers, ...rest }) => ({
  ...request,
  ...rest,
  headers: Object.entries(headers ?? {}),
}));

const fixtures = z.array(z.union([line, block], { error: LINE }), {
  error: "write a list of requests, as - GET https://api.github.com/user -> allow github",
});

/**
 * Reads the text of such a file.
 *
 * @param path What problems call it.
 * @returns Its fixtures, and every problem: they count only if there is none.
 */
export function parseFixtures(
  text: string,
  path: string,
): { fixtures: readonly Fixture[]; problems: Problem[] } {
  const tree = readYamlTree(text);
  const whereOf = ({ line, column }: { line: number; column: number }) =>
    `${path}:${line}:${column}`;
  const result = fixtures.safeParse(tree.value ?? []);
  const issues = tree.isWellFormed ? result.error?.issues ?? [] : [];
  const found = [...tree.problems, ...schemaProblems(issues, tree)];
  if (found.length > 0 || !result.success) {
    const problems = found.map((problem) => ({
      where: whereOf(problem),
      message: problem.message,
    }));
    return { fixtures: [], problems };
  }
  const read = result.data.map((fixture, index): Fixture => ({
    ...fixture,
    where: whereOf(tree.position([index])),
  }));
  return { fixtures: read, problems: [] };
}
