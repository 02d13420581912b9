// One request in the list.

import { foreign, h } from "./dom.js";
import { closing, counted, duration, statusClass, timeOfDay } from "./format.js";
import { tookUs } from "./filter.js";

const MOST_LINES = 4;

/** Whether the row has a second part that tells what happened. */
export function isTelling(row) {
  return Boolean(row.why || row.slow_at) || row.kind === "websocket" || row.frames > 0 || (row.failed && row.state === "done");
}

/** How many lines that part takes, reckoned from its letters. */
export function linesOf(row, lettersOfALine) {
  if (!isTelling(row)) return 0;
  const letters =
    (row.why ? row.why.layer.length + row.why.sentence.length + 3 : 0) +
    (!row.why && row.slow_at ? row.slow_at.length + 5 : 0) +
    (row.frames ? 14 : 0) +
    (row.close ? 14 : 0) +
    (row.close && !row.why ? (row.close.says ?? "").length : 0);
  return Math.min(MOST_LINES, Math.max(1, Math.ceil(letters / lettersOfALine)));
}

/** @param {{index: number, count: number, isActive: boolean, isOpen: boolean, worker: number?}} place
 *   `worker`: where there are several */
export function rowElement(row, place) {
  const isRunning = row.state === "running";
  return h(
    "div",
    {
      id: `row-${row.id}`,
      role: "option",
      class: [
        "row",
        isTelling(row) && "telling",
        place.isActive && "active",
        place.isOpen && "open",
        (row.earlier || row.lost) && !row.died && "earlier",
        place.worker && "several",
      ],
      "aria-selected": place.isOpen ? "true" : "false",
      "aria-setsize": place.count,
      "aria-posinset": place.index + 1,
      title: row.lost ? `worker ${row.worker} has ended` : row.earlier ? "before the last restart" : null,
      "data-id": row.id,
      "data-status": statusClass(row.status, isRunning),
    },
    h("span", { class: "status" }, statusText(row)),
    h(
      "span",
      { class: "asked" },
      h("span", { class: "method" }, methodOf(row)),
      " ",
      foreign(row.target ?? "(no readable request)", "target"),
    ),
    h(
      "span",
      { class: ["took", row.slow && "slow", isRunning && "running"], "data-clock": isRunning },
      duration(tookUs(row)),
    ),
    isTelling(row) && h("span", { class: "reason" }, reason(row)),
    place.worker && h("span", { class: "worker", title: `worker ${place.worker}` }, String(place.worker)),
    h("span", { class: "at" }, timeOfDay(row.started_at).slice(0, 8)),
  );
}

export function statusText(row) {
  if (row.status !== null && row.status !== undefined) return String(row.status);
  return row.state === "running" ? "···" : "none";
}

function methodOf(row) {
  return row.kind === "websocket" ? "WS" : (row.method ?? "");
}

function reason(row) {
  const parts = [];
  if (row.frames)
    parts.push(h("span", { class: "layer" }, counted(row.frames, row.kind === "websocket" ? "message" : "event")), " ");
  if (row.close) parts.push(h("span", { class: "layer" }, `closed ${row.close.code ?? ""}`.trim()), " ");
  if (row.close && !row.why) parts.push(foreign(closing(row.close.code, row.close.says)));
  if (row.why) parts.push(h("span", { class: "layer" }, row.why.layer), " ", foreign(row.why.sentence));
  else if (row.slow_at) parts.push(h("span", { class: "layer" }, "slow"), " ", foreign(row.slow_at));
  else if (row.kind === "websocket" && !row.close) parts.push(row.state === "running" ? "open" : "over");
  else if (row.failed && !row.close) parts.push("no reason was found");
  return parts;
}
