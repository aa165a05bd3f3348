import { nameOfDescription } from "../policy/credential_format.ts";
import { explain, type ExplainedRequest, type Explanation } from "../proxy/explain.ts";
import { StartError } from "../secrets/start_error.ts";
import { runOrComplain } from "./complain.ts";
import { loadPolicy } from "./load_policy.ts";
import type { StartFlags } from "./start_options.ts";
import { writeLine } from "./write_line.ts";

export type ExplainFlags = StartFlags & {
  readonly agent?: string;
  readonly header: readonly string[];
  readonly format: string;
};

/**
 * `auth-proxy explain METHOD URL`: says what would become of a request, and why.
 *
 * @returns The exit status: 0, whatever the decision is.
 */
export function runExplain(
  { method, url }: { method: string; url: string },
  flags: ExplainFlags,
): Promise<number> {
  return runOrComplain(async () => {
    if (flags.format !== "text" && flags.format !== "json") {
      throw new StartError([{ where: "--format", message: "write text or json" }]);
    }
    const headers = flags.header.map(parseHeader);
    const { policy } = await loadPolicy(flags);
    const { agent } = flags;
    const request = { method, url, headers, ...(agent === undefined ? {} : { agent }) };
    const explanation = explain(request, policy);
    const text = flags.format === "json"
      ? JSON.stringify(explanation, null, 2)
      : explanationText(request, explanation);
    writeLine(Deno.stdout, text);
  });
}

function parseHeader(text: string): [string, string] {
  const [, name, value] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new StartError([{ where: "--header", message: "write NAME: VALUE" }]);
  }
  return [name, value];
}

/** Writes an explanation for people: what was decided first, then why. */
export function explanationText(
  { method, url, agent = "" }: ExplainedRequest,
  explanation: Explanation,
): string {
  const { decision, status, reason, rule, injects, removes, egress, wouldDeny } = explanation;
  const { clientCertificate, trust, decrypts, misses, ruleSource, through } = explanation;
  const lines: [string, string | undefined][] = [
    ["request", `${method} ${url}${agent === "" ? "" : ` by ${agent}`}`],
    ["decision", status === undefined ? decision : `${decision}, ${status}`],
    ["because", reason],
    ["rule", rule === undefined ? "none" : `${rule} (${ruleSource})`],
    ["adds", injects.map((each) => `${nameOfDescription(each)}: ${each.format}`).join("; ")],
    ["removes", [...removes.headers, ...removes.query.map((name) => `?${name}`)].join(", ")],
    ["shows", clientCertificate === undefined ? "" : `the client certificate ${clientCertificate}`],
    ["trusts", trust],
    ["through", through],
    ["egress", egress],
    ["would be", wouldDeny === undefined ? "" : `denied, if egress were enforced: ${wouldDeny}`],
    ["tunnel", decrypts ? "decrypted" : "passed on unread"],
    ...misses.map(({ rule, why }): [string, string] => ["not", `${rule}: ${why}`]),
  ];
  return lines.filter(([, text]) => text !== undefined && text !== "")
    .map(([name, text]) => `${`${name}:`.padEnd(10)}${text}`).join("\n");
}
