/**
 * The requests, the youngest first.
 *
 * @module
 */
import { byId, element, setText } from "./dom.js";
import { counted, duration, timeOfDay } from "./format.js";
import { recordFilter, verdictOf } from "./record_filter.js";

/** Records that are remembered; rows that are shown at first, and more of them at a time. */
const remembered = 2000;
const step = 25;

export class Requests {
  /** The oldest first. */
  #records = [];
  #omitted = 0;
  #shown = step;
  #matches = recordFilter("");
  #paused = false;
  #stale = true;
  #body = byId("records");
  #filter = byId("filter");

  constructor() {
    const pause = byId("pause");
    pause.addEventListener("click", () => {
      this.#paused = !this.#paused;
      pause.setAttribute("aria-pressed", String(this.#paused));
      this.#stale = true;
      this.draw();
    });
    byId("more").addEventListener("click", () => {
      this.#shown += step;
      this.#stale = true;
      this.draw({ always: true });
    });
    this.#filter.addEventListener("input", () => this.#readFilter());
    byId("filter-form").addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target instanceof HTMLElement &&
        event.target.matches("input, select, textarea");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#filter.focus();
    });
  }

  clear() {
    this.#records = [];
    this.#omitted = 0;
    this.#stale = true;
  }

  add(record) {
    this.#records.push(record);
    if (this.#records.length > remembered) this.#records.shift();
    this.#stale = true;
  }

  omit(count) {
    this.#omitted += count;
    this.#stale = true;
  }

  /** Shows what matches this text, and leads there. */
  show(text) {
    this.#filter.value = text;
    this.#readFilter();
    this.#filter.focus();
  }

  /** @param options `always`: also while it is paused, because what is looked for is another. */
  draw({ always = false } = {}) {
    if (!this.#stale || (this.#paused && !always && this.#body.childElementCount > 0)) {
      this.#count();
      return;
    }
    this.#stale = false;
    const found = this.#records.filter(this.#matches);
    this.#body.replaceChildren(...found.slice(-this.#shown).reverse().map(rowOf));
    byId("more").hidden = found.length <= this.#shown;
    this.#count();
  }

  #readFilter() {
    this.#matches = recordFilter(this.#filter.value);
    this.#shown = step;
    this.#stale = true;
    this.draw({ always: true });
  }

  #count() {
    const rows = this.#body.childElementCount;
    const isFiltered = this.#filter.value.trim() !== "";
    const parts = [
      this.#records.length === 0
        ? "No request yet."
        : rows === 0
        ? "Nothing matches."
        : isFiltered
        ? `${counted(rows, "request")} shown, of those that match.`
        : "",
      this.#paused ? "Paused." : "",
    ];
    setText(byId("requests-count"), parts.filter((part) => part !== "").join(" "));
    setText(
      byId("requests-omitted"),
      this.#omitted === 0
        ? ""
        : `${counted(this.#omitted, "request")} not shown: too many at once. All are counted.`,
    );
  }
}

function rowOf(record) {
  const { time, method, authority, path, agent, rule, status, ms, kind } = record;
  const verdict = verdictOf(record);
  const firstByte = ms?.first_byte === undefined ? undefined : (ms.connect ?? 0) + ms.first_byte;
  const place = `${authority ?? ""}${path ?? ""}`;
  const said = kind === "tunnel" ? "CONNECT" : method ?? "";
  const cells = [
    cell("Time", element("time", { datetime: time }, timeOfDay(time)), "lead"),
    cell("Decision", element("span", { class: `badge ${verdict}` }, verdict), "lead"),
    cell("Request", element("code", {}, said === "" ? place : `${said} ${place}`), "place"),
    cell("Agent", agent ?? "", "name"),
    cell("Rule", rule ?? "", "name"),
    cell("Status", status === undefined ? "" : String(status), "number"),
    cell("First byte", firstByte === undefined ? "" : duration(firstByte), "number"),
    cell("Reason", reasonOf(record), "reason"),
  ];
  return element("tr", { class: verdict }, ...cells);
}

function cell(label, content, kind) {
  const isEmpty = content === "" ? "empty" : "";
  const name = [kind ?? "", isEmpty].filter((part) => part !== "").join(" ");
  return element("td", { "data-label": label, class: name || undefined }, content);
}

function reasonOf({ reason, would_deny: wouldDeny, canary, redactions, injected }) {
  return [
    reason ?? "",
    canary === undefined ? "" : `placeholder of ${canary.join(", ")}`,
    redactions === undefined ? "" : `masked: ${Object.keys(redactions).join(", ")}`,
    wouldDeny === undefined ? "" : `would be refused: ${wouldDeny}`,
    injected === undefined || injected.length === 0 ? "" : `added ${injected.join(", ")}`,
  ].filter((part) => part !== "").join("; ");
}
