/**
 * The figures and plots of the last five minutes.
 *
 * @module
 */
import { byId, element, shape } from "./dom.js";
import { amount, duration } from "./format.js";
import { bucketSeconds, latencyOf, shownSeconds } from "./traffic.js";

const height = 160;
const margin = { left: 52, right: 8, top: 10, bottom: 22 };

/** @param {import("./traffic.js").Traffic} traffic */
export function drawPlots(traffic) {
  const buckets = traffic.buckets();
  const total = traffic.total();
  drawFigures(total);
  const share = (part, { requests }) => requests === 0 ? undefined : 100 * part / requests;
  const rate = (count) => count / bucketSeconds;
  drawPlot(byId("plot-requests"), {
    stacked: true,
    unit: amount,
    series: {
      allowed: buckets.map(({ requests, refused, failed }) => rate(requests - refused - failed)),
      refused: buckets.map(({ refused }) => rate(refused)),
      failed: buckets.map(({ failed }) => rate(failed)),
    },
    said: `Requests per second: ${amount(total.requests / shownSeconds)} on average, at most ` +
      amount(Math.max(...buckets.map(({ requests }) => rate(requests)))),
  });
  const slow = buckets.map((bucket) => latencyOf(bucket, 0.95));
  drawPlot(byId("plot-latency"), {
    unit: duration,
    series: { median: buckets.map((bucket) => latencyOf(bucket, 0.5)), slow },
    said: `Time to the first byte: median ${duration(latencyOf(total, 0.5))}, 95 of 100 below ` +
      duration(latencyOf(total, 0.95)),
  });
  drawPlot(byId("plot-errors"), {
    unit: (value) => `${amount(value)} %`,
    series: {
      refused: buckets.map((bucket) => share(bucket.refused, bucket)),
      failed: buckets.map((bucket) => share(bucket.failed, bucket)),
    },
    said: `Of ${total.requests} requests ${total.refused} were refused and ${total.failed} failed`,
  });
}

function drawFigures(total) {
  const figures = [
    ["requests per minute", amount(total.requests / shownSeconds * 60), ""],
    ["refused", String(total.refused), total.refused > 0 ? "refused" : ""],
    ["failed", String(total.failed), total.failed > 0 ? "failed" : ""],
    ["median to first byte", duration(latencyOf(total, 0.5)), ""],
    ["95 of 100 below", duration(latencyOf(total, 0.95)), ""],
  ];
  byId("figures").replaceChildren(
    ...figures.map(([name = "", value = "", kind = ""]) =>
      element(
        "div",
        { class: `card figure ${kind}` },
        element("dt", {}, name),
        element("dd", {}, value),
      )
    ),
  );
}

/** @param plot `series`: values by kind, the oldest first; what is undefined leaves a gap. */
function drawPlot(svg, { series, stacked = false, unit, said }) {
  const width = Math.max(200, svg.clientWidth);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", said);
  const lists = Object.entries(series);
  const count = shownSeconds / bucketSeconds;
  const tops = Array.from({ length: count }, (_, at) => {
    const values = lists.map(([, values]) => values[at] ?? 0);
    return stacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
  });
  const most = niceCeiling(Math.max(...tops));
  const inner = {
    width: width - margin.left - margin.right,
    height: height - margin.top - margin.bottom,
  };
  const x = (at) => margin.left + inner.width * at / count;
  const y = (value) => margin.top + inner.height * (1 - value / most);
  const drawn = stacked
    ? bars(lists, { count, x, y, width: inner.width / count })
    : lists.map(([kind, values]) => line(values, { kind, x: (at) => x(at + 0.5), y }));
  svg.replaceChildren(...axes({ most, unit, width, y }), ...drawn);
}

function axes({ most, unit, width, y }) {
  const levels = [0, most / 2, most].map((value) => [
    shape("line", {
      class: "grid",
      x1: `${margin.left}`,
      x2: `${width - margin.right}`,
      y1: `${y(value)}`,
      y2: `${y(value)}`,
    }),
    shape(
      "text",
      { class: "axis end", x: `${margin.left - 6}`, y: `${y(value) + 4}` },
      unit(value),
    ),
  ]);
  const bottom = `${height - 5}`;
  return [
    ...levels.flat(),
    shape("text", { class: "axis", x: `${margin.left}`, y: bottom }, "5 minutes ago"),
    shape("text", { class: "axis end", x: `${width - margin.right}`, y: bottom }, "now"),
  ];
}

function bars(lists, { count, x, y, width }) {
  const drawn = [];
  for (let at = 0; at < count; at++) {
    let below = 0;
    for (const [kind, values] of lists) {
      const value = values[at] ?? 0;
      if (value === 0) continue;
      const top = y(below + value);
      drawn.push(shape("rect", {
        class: `bar ${kind}`,
        x: x(at).toFixed(1),
        y: top.toFixed(1),
        width: Math.max(1, width - 1).toFixed(1),
        height: Math.max(1, y(below) - top).toFixed(1),
      }));
      below += value;
    }
  }
  return drawn;
}

/** A line through what there is; a value without neighbours is a dot. */
function line(values, { kind, x, y }) {
  let path = "";
  let isBroken = true;
  for (const [at, value] of values.entries()) {
    if (value === undefined) {
      isBroken = true;
      continue;
    }
    path += `${isBroken ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    if (isBroken) path += "h0.01";
    isBroken = false;
  }
  return shape("path", { class: `line ${kind}`, d: path });
}

/** The next of 1, 2, 5, 10, 20, …; 1 for nothing. */
export function niceCeiling(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
