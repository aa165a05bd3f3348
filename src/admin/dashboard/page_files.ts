/**
 * The parts of the page, as they are: a browser loads the modules one by one.
 *
 * @module
 */
import attentionJs from "./page/attention.js" with { type: "text" };
import coloursCss from "./page/colours.css" with { type: "text" };
import domJs from "./page/dom.js" with { type: "text" };
import eventStreamJs from "./page/event_stream.js" with { type: "text" };
import explainJs from "./page/explain.js" with { type: "text" };
import formatJs from "./page/format.js" with { type: "text" };
import formsCss from "./page/forms.css" with { type: "text" };
import iconSvg from "./page/icon.svg" with { type: "text" };
import layoutCss from "./page/layout.css" with { type: "text" };
import mainJs from "./page/main.js" with { type: "text" };
import plotsJs from "./page/plots.js" with { type: "text" };
import ratesJs from "./page/rates.js" with { type: "text" };
import recordFilterJs from "./page/record_filter.js" with { type: "text" };
import requestsJs from "./page/requests.js" with { type: "text" };
import rulesJs from "./page/rules.js" with { type: "text" };
import serverSentEventsJs from "./page/server_sent_events.js" with { type: "text" };
import sessionJs from "./page/session.js" with { type: "text" };
import tablesCss from "./page/tables.css" with { type: "text" };
import themeJs from "./page/theme.js" with { type: "text" };
import trafficCss from "./page/traffic.css" with { type: "text" };
import trafficJs from "./page/traffic.js" with { type: "text" };

/** A part of the page: its text, and its media type. */
export interface PageFile {
  readonly text: string;
  readonly type: "text/css" | "text/javascript" | "image/svg+xml";
}

const javaScript: readonly (readonly [string, string])[] = [
  ["attention.js", attentionJs],
  ["dom.js", domJs],
  ["event_stream.js", eventStreamJs],
  ["explain.js", explainJs],
  ["format.js", formatJs],
  ["main.js", mainJs],
  ["plots.js", plotsJs],
  ["rates.js", ratesJs],
  ["record_filter.js", recordFilterJs],
  ["requests.js", requestsJs],
  ["rules.js", rulesJs],
  ["server_sent_events.js", serverSentEventsJs],
  ["session.js", sessionJs],
  ["theme.js", themeJs],
  ["traffic.js", trafficJs],
];

const css: readonly (readonly [string, string])[] = [
  ["colours.css", coloursCss],
  ["forms.css", formsCss],
  ["layout.css", layoutCss],
  ["tables.css", tablesCss],
  ["traffic.css", trafficCss],
];

/** By the name below `/dashboard/`. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map<string, PageFile>([
  ...javaScript.map(([name, text]) => [name, { text, type: "text/javascript" }] as const),
  ...css.map(([name, text]) => [name, { text, type: "text/css" }] as const),
  ["icon.svg", { text: iconSvg, type: "image/svg+xml" }],
]);
