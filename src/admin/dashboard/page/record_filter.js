/**
 * Which records a person wants to see.
 *
 * @module
 */

/**
 * Reads a filter: every word must occur in a record, one that follows a minus must not.
 *
 * @param {string} text
 * @returns {(record: Record<string, unknown>) => boolean}
 */
export function recordFilter(text) {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "" && word !== "-");
  return (record) => {
    const said = textOf(record);
    return words.every((word) =>
      word.startsWith("-") ? !said.includes(word.slice(1)) : said.includes(word)
    );
  };
}

/**
 * How a decision is called.
 *
 * @param {{ kind?: string, decision?: string }} record
 */
export function verdictOf({ kind, decision }) {
  if (kind === "alarm") return "alarm";
  if (decision === "deny") return "refused";
  return decision === "error" ? "failed" : "allowed";
}

function textOf(record) {
  const { method, authority, path, agent, rule, status, reason, client, kind, decision } = record;
  const more = [record.would_deny, record.id, ...(record.canary ?? [])];
  return [verdictOf(record), decision, kind, method, `${authority ?? ""}${path ?? ""}`]
    .concat([agent, rule, status, reason, client], more)
    .filter((part) => part !== undefined)
    .join(" ").toLowerCase();
}
