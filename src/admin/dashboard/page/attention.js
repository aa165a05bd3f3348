/**
 * What somebody should look at: alarms, what is wrong with the proxy, refusals, failures. What happened
 * many times is told once.
 *
 * @module
 */
import { byId, element, setText } from "./dom.js";
import { counted, timeOfDay } from "./format.js";
import { verdictOf } from "./record_filter.js";

/** The most urgent first. */
const order = ["alarm", "broken", "soon", "refused", "failed"];
/** Kinds of events that are remembered, and those that are shown. */
const remembered = 200;
const shown = 12;

export class Attention {
  /** By what they have in common; the one that happened last is the last. */
  #events = new Map();
  #notices = [];
  #seen = new Set();
  #onShow;

  /** @param {(filter: string) => void} onShow Shows the requests that an entry is about. */
  constructor(onShow) {
    this.#onShow = onShow;
  }

  /** Takes a record, once, if it is worth it: after a lost connection the last ones come again. */
  add(record) {
    const verdict = verdictOf(record);
    const mark = `${record.id} ${record.kind} ${record.time}`;
    if (verdict === "allowed" || this.#seen.has(mark)) return;
    this.#seen.add(mark);
    if (this.#seen.size > 5000) this.#seen.delete(this.#seen.values().next().value);
    const { authority = "", agent = "", reason = "" } = record;
    const key = JSON.stringify([verdict, authority, agent, reason]);
    const count = (this.#events.get(key)?.count ?? 0) + 1;
    this.#events.delete(key);
    this.#events.set(key, { verdict, record, count });
    if (this.#events.size > remembered) this.#events.delete(this.#mostHarmless());
  }

  /** @param notices What is wrong now: `{ verdict: "broken" | "soon", subject, text }`. */
  setNotices(notices) {
    this.#notices = notices;
  }

  draw() {
    const events = [...this.#events.values()].reverse();
    const all = [...this.#notices, ...events]
      .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
    const list = byId("attention-list");
    const text = JSON.stringify(
      all.slice(0, shown).map((
        { verdict, subject, text, record, count },
      ) => [verdict, subject, text, record?.id, count]),
    );
    byId("attention-none").hidden = all.length > 0;
    const more = all.length > shown ? `, ${shown} of them shown` : "";
    setText(byId("attention-count"), all.length === 0 ? "" : counted(all.length, "item") + more);
    // What has the focus stays as long as nothing is new.
    if (list.dataset.shown === text) return;
    list.dataset.shown = text;
    const focused = list.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-key")
      : undefined;
    list.replaceChildren(...all.slice(0, shown).map((each) => this.#item(each)));
    if (focused !== undefined) {
      /** @type {HTMLElement[]} */
      const buttons = [...list.querySelectorAll("[data-key]")];
      const again = buttons
        .find((node) => node.getAttribute("data-key") === focused);
      again?.focus();
    }
  }

  #item({ verdict, subject, text, record, count }) {
    const badge = element("span", { class: `badge ${verdict}` }, badges[verdict]);
    if (record === undefined) {
      const said = element("p", {}, element("strong", {}, subject), ` ${text}`);
      return element("li", { class: verdict }, badge, said);
    }
    const { authority = "", agent, canary, redactions } = record;
    const reason = reasonAt(authority, record.reason ?? "");
    const names = canary ?? (redactions === undefined ? [] : Object.keys(redactions));
    const about = names.length === 0 ? reason : `${reason}: ${names.join(", ")}`;
    const times = count === 1 ? "" : `${count} times, last `;
    const facts = [
      agent === undefined ? "" : `agent ${agent}`,
      `${times}${timeOfDay(record.time)}`,
    ];
    const filter = [verdict, authority, agent ?? ""].filter((part) => part !== "").join(" ");
    const show = element("button", {
      type: "button",
      class: "small",
      "data-key": `${filter} ${reason}`,
      "aria-label": `Show the requests: ${filter}`,
    }, "Show");
    show.addEventListener("click", () => this.#onShow(filter));
    return element(
      "li",
      { class: verdict },
      badge,
      element(
        "p",
        {},
        element("strong", {}, authority),
        ` ${about} `,
        element("span", { class: "quiet" }, facts.filter((fact) => fact !== "").join(", ")),
      ),
      show,
    );
  }

  #mostHarmless() {
    const entries = [...this.#events];
    const found = entries.find(([, { verdict }]) => verdict !== "alarm") ?? entries[0];
    return found?.[0];
  }
}

/** A reason without the authority that it begins with, because that stands before it. */
export function reasonAt(authority, reason) {
  const isNamed = authority !== "" && reason.startsWith(`${authority} `);
  return isNamed ? reason.slice(authority.length + 1) : reason;
}

const badges = {
  alarm: "alarm",
  broken: "broken",
  soon: "soon",
  refused: "refused",
  failed: "failed",
};
