/**
 * The rules, what ends when, and whether the configuration is the one in the files.
 *
 * @module
 */
import { byId, element, setText } from "./dom.js";
import { injectionText } from "./explain.js";
import { counted, fromNow, timeOfDay } from "./format.js";
import { askJson } from "./session.js";

const day = 86_400_000;
/** How long before its end something that a person must renew is worth attention, in milliseconds. */
const soon = 14 * day;
const soonForCa = 30 * day;

/** Draws what `/admin/rules` and `/admin/status` say. */
export function drawRules(rules, status) {
  const now = Date.parse(status.now);
  const configured = rules.filter(({ state }) => state !== "inactive")
    .sort((a, b) => rank(a) - rank(b));
  byId("rule-rows").replaceChildren(...configured.map((rule) => rowOf(rule, now)));
  const inactive = rules.filter(({ state }) => state === "inactive");
  byId("inactive").hidden = inactive.length === 0;
  setText(byId("inactive-summary"), `${counted(inactive.length, "service")} not configured`);
  byId("inactive-rules").replaceChildren(
    ...inactive.map(({ name, reason }) =>
      element("li", {}, element("strong", {}, name), ` ${reason}`)
    ),
  );
  drawStatus(status, now);
}

/** What is wrong with them, or soon will be, for the attention list. */
export function noticesOf(rules, status) {
  const now = Date.parse(status.now);
  const notices = rules.filter(({ state }) => state === "unavailable").map(({ name, reason }) => ({
    verdict: "broken",
    subject: `Rule ${name}`,
    text: `answers 502: ${reason}`,
  }));
  for (const { name, expires, renews } of rules) {
    if (expires === undefined || renews || Date.parse(expires) - now > soon) continue;
    const text = `has a credential that ends ${fromNow(Date.parse(expires), now)}: renew it`;
    notices.push({ verdict: "soon", subject: `Rule ${name}`, text });
  }
  const caEnd = Date.parse(status.ca.expires);
  if (caEnd - now <= soonForCa) {
    notices.push({ verdict: "soon", subject: "The CA", text: `ends ${fromNow(caEnd, now)}` });
  }
  if (status.auditLinesLost > 0) {
    const text = `has lost ${counted(status.auditLinesLost, "line")}: look at its disk`;
    notices.push({ verdict: "broken", subject: "The audit log", text });
  }
  return notices;
}

/**
 * Lets the button reload the configuration.
 *
 * @param options `tell` says what went wrong; `after` is called when it is known what came of it.
 */
export function wireReload({ tell, after }) {
  const button = byId("reload");
  const outcome = byId("reload-outcome");
  button.addEventListener("click", () => {
    button.disabled = true;
    outcome.className = "";
    setText(outcome, "Reloading …");
    askJson("/admin/reload", { method: "POST" })
      .then(({ needRestart }) => {
        const rest = needRestart.length === 0
          ? ""
          : ` Only a restart changes ${needRestart.join(", ")}.`;
        setText(outcome, `Reloaded.${rest}`);
      })
      .catch((error) => {
        outcome.className = "problem";
        setText(outcome, tell(error));
      })
      .finally(() => {
        button.disabled = false;
        button.focus();
        after();
      });
  });
}

function drawStatus({ configuration, ca, version, started, openConnections }, now) {
  const { loaded, rejected } = configuration;
  const banner = byId("rejected");
  const text = JSON.stringify(rejected);
  if (banner.dataset.shown !== text) {
    banner.dataset.shown = text;
    banner.replaceChildren(
      ...rejected === undefined ? [] : [
        element("strong", {}, "The configuration was rejected"),
        ` at ${timeOfDay(rejected.at)}. What was loaded at ${timeOfDay(loaded)} stays in force.`,
        element(
          "ul",
          {},
          ...rejected.problems.map(({ where, message }) =>
            element("li", {}, element("code", {}, where), ` ${message}`)
          ),
        ),
      ],
    );
  }
  banner.hidden = rejected === undefined;
  setText(byId("loaded"), `loaded ${fromNow(Date.parse(loaded), now)}`);
  const end = Date.parse(ca.expires);
  byId("ca").replaceChildren(
    element("strong", {}, "CA "),
    `${ca.name}, `,
    expiry(end, { now, isSoon: end - now <= soonForCa }),
    element("span", { class: "fingerprint" }, `SHA-256 ${ca.fingerprint}`),
  );
  setText(
    byId("about"),
    `auth-proxy ${version}, started ${fromNow(Date.parse(started), now)}, ` +
      `${counted(openConnections, "connection")} open`,
  );
}

function rowOf(rule, now) {
  const { name, state, reason, hosts, paths, methods, agents, inject, variables, expires } = rule;
  const only = [...methods ?? [], ...paths.filter((path) => path !== "/**")].join(" ");
  const whom = agents === undefined ? "" : `for ${agents.join(", ")}`;
  const narrowed = [only, whom].filter((part) => part !== "").join(" ");
  const stateCell = cell("State", element("span", { class: `badge ${state}` }, state));
  if (reason !== undefined) stateCell.append(" ", element("span", {}, reason));
  const adds = [
    ...inject.map(injectionText),
    ...rule.clientCertificate === undefined
      ? []
      : [`certificate ${rule.clientCertificate.subject}`],
  ];
  const from = variables.length === 0
    ? rule.source
    : variables.map((each) =>
      each.source === undefined ? each.name : `${each.name} (${each.source})`
    )
      .join(", ");
  return element(
    "tr",
    { class: state },
    element("th", { scope: "row" }, name),
    stateCell,
    cell("Hosts", hosts.join(", ") + (narrowed === "" ? "" : `; only ${narrowed}`), "place"),
    cell("Adds", element("code", {}, adds.join("; ")), "place"),
    cell("From", from, "place"),
    cell("Expires", expiryOf(rule, { expires, now })),
  );
}

function expiryOf({ renews }, { expires, now }) {
  if (expires === undefined) return renews ? "renewed by the proxy" : "does not say";
  const time = Date.parse(expires);
  const shown = expiry(time, { now, isSoon: !renews && time - now <= soon });
  if (renews) shown.append(", renewed by the proxy");
  return shown;
}

function expiry(time, { now, isSoon }) {
  const iso = new Date(time).toISOString();
  const text = time <= now ? `ended ${fromNow(time, now)}` : `ends ${fromNow(time, now)}`;
  const date = element("time", { datetime: iso, title: iso }, `${text} (${iso.slice(0, 10)})`);
  return element("span", { class: isSoon ? "badge soon" : undefined }, date);
}

function cell(label, content, kind) {
  return element("td", { "data-label": label, class: kind }, content);
}

/** What is broken comes first. */
function rank({ state }) {
  return state === "unavailable" ? 0 : 1;
}
