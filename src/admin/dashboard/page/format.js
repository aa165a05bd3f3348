/**
 * Numbers and times for people.
 *
 * @module
 */

const day = 86_400;
const year = 365.25 * day;

/** Milliseconds: `0.4 ms`, `12 ms`, `1.5 s`. */
export function duration(milliseconds) {
  if (milliseconds === undefined) return "–";
  if (milliseconds >= 10_000) return `${Math.round(milliseconds / 1000)} s`;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds >= 10
    ? `${Math.round(milliseconds)} ms`
    : `${Number(milliseconds.toFixed(1))} ms`;
}

/** A rate or a share: one digit after the point while it is small. */
export function amount(value) {
  return value >= 10 ? String(Math.round(value)) : String(Number(value.toFixed(1)));
}

/** The time of day of an ISO 8601 text, in the browser's time zone: `14:03:21`. */
export function timeOfDay(iso) {
  return new Date(iso).toLocaleTimeString([], { hour12: false });
}

/** How far away a moment is: `in 3 days`, `2 hours ago`. Both in milliseconds since the epoch. */
export function fromNow(time, now) {
  const seconds = Math.abs(time - now) / 1000;
  const text = seconds >= 2 * year
    ? `${Math.floor(seconds / year)} years`
    : seconds >= 2 * day
    ? `${Math.floor(seconds / day)} days`
    : seconds >= 7200
    ? `${Math.floor(seconds / 3600)} hours`
    : seconds >= 120
    ? `${Math.floor(seconds / 60)} minutes`
    : "less than two minutes";
  return time > now ? `in ${text}` : `${text} ago`;
}

/** `1 request`, `2 requests`. */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
