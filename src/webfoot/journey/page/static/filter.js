// Which rows are shown. Pure functions over summaries.

import { statusClass } from "./format.js";

/** @typedef {{path: string, classes: Set<string>, failed: boolean, slow: boolean, slowMs: number}} Filter */

export const CLASSES = ["2xx", "3xx", "4xx", "5xx", "none"];

/** @returns {Filter} */
export function everything() {
  return { path: "", classes: new Set(), failed: false, slow: false, slowMs: 500 };
}

export function isNarrow(filter) {
  return Boolean(filter.path || filter.classes.size || filter.failed || filter.slow);
}

/** Words of `filter.path` must all be found in "METHOD target route sentence worker:PID", in any order and either case. */
export function matches(row, filter, nowS = Date.now() / 1000) {
  if (filter.failed && !row.failed) return false;
  if (filter.slow && tookUs(row, nowS) < filter.slowMs * 1000) return false;
  if (filter.classes.size && !filter.classes.has(statusClass(row.status, row.state === "running"))) return false;
  if (!filter.path) return true;
  const text = `${row.method ?? ""} ${row.target ?? ""} ${row.route ?? ""} ${row.why?.sentence ?? ""}`;
  const words = `${text} worker:${row.worker}`.toLowerCase();
  return filter.path
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

/** How long it took, or how long it has been under way. */
export function tookUs(row, nowS = Date.now() / 1000) {
  return row.took_us ?? Math.max(0, (nowS - row.started_at) * 1e6);
}
