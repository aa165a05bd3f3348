/**
 * Who asks how much, of which service.
 *
 * @module
 */
import { byId, element } from "./dom.js";
import { amount, duration } from "./format.js";
import { latencyOf, shownSeconds } from "./traffic.js";

const shown = 15;

/**
 * @param {import("./traffic.js").Traffic} traffic
 * @param {Map<string, string>} services The service that each rule belongs to.
 */
export function drawRates(traffic, services) {
  fill(byId("services"), traffic.by(({ rule }) => services.get(rule) ?? (rule || "no rule")));
  fill(byId("agents"), traffic.by(({ agent }) => agent || "anyone"));
}

function fill(body, totals) {
  const rows = totals.slice(0, shown).map(([name, total]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      number(amount(total.requests / shownSeconds * 60)),
      number(String(total.refused), total.refused > 0 ? "refused" : ""),
      number(String(total.failed), total.failed > 0 ? "failed" : ""),
      number(duration(latencyOf(total, 0.95))),
    )
  );
  if (rows.length === 0) {
    rows.push(element("tr", {}, element("td", { colspan: "5", class: "quiet" }, "No requests.")));
  }
  body.replaceChildren(...rows);
}

function number(text, kind = "") {
  return element("td", { class: `number ${kind}` }, text);
}
