/**
 * What would become of a request.
 *
 * @module
 */
import { byId, element } from "./dom.js";
import { askJson } from "./session.js";

/** @param {(error: unknown) => string} tell Says what went wrong with a request to the proxy. */
export function wireExplain(tell) {
  byId("explain-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams({
      method: byId("explain-method").value,
      url: byId("explain-url").value.trim(),
    });
    const agent = byId("explain-agent").value.trim();
    if (agent !== "") query.set("agent", agent);
    const place = byId("explanation");
    askJson(`/admin/explain?${query}`)
      .then((explained) => place.replaceChildren(...describe(explained)))
      .catch((error) => place.replaceChildren(element("p", { class: "problem" }, tell(error))));
  });
}

function describe(explained) {
  const { decision, status, reason, rule, ruleSource, removes, misses } = explained;
  const facts = [
    ["Because", reason],
    ["Rule", rule === undefined ? "none" : `${rule} (${ruleSource})`],
    ["Adds", explained.injects.map(injectionText).join("; ")],
    ["Takes away", [...removes.headers, ...removes.query.map((name) => `?${name}`)].join(", ")],
    ["Client certificate", explained.clientCertificate],
    ["Trusts", explained.trust],
    ["Egress", explained.egress],
    ["Would be refused", explained.wouldDeny],
    ["Tunnel", explained.decrypts ? "decrypted" : "passed on unread"],
    ["Not for", misses.map(({ rule, why }) => `${rule}: ${why}`).join("\n")],
  ];
  const verdict =
    { allow: "allowed", deny: "refused", error: "failed", tunnel: "allowed" }[decision];
  return [
    element(
      "p",
      { class: "verdict" },
      element("span", { class: `badge ${verdict}` }, decision === "tunnel" ? "tunnel" : verdict),
      status === undefined ? "" : ` with status ${status}`,
    ),
    element(
      "dl",
      { class: "facts" },
      ...facts.filter(([, text]) => text !== undefined && text !== "").flatMap(([name, text]) => [
        element("dt", {}, name),
        element("dd", {}, text),
      ]),
    ),
  ];
}

/** What is added: `Authorization: Bearer ${GITHUB_TOKEN}`, `?key: ${KEY}`. */
export function injectionText({ header, query, format }) {
  return `${header ?? `?${query}`}: ${format}`;
}
