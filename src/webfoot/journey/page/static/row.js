// One request in the list.

import { foreign, h } from "./dom.js";
import { closing, counted, duration, statusClass, timeOfDay } from "./format.js";
import { tookUs } from "./filter.js";

const MOST_LINES = 4;

const WENT_ON = 300_000; // us behind its answer that are worth a word

/** How many lines the second part of the row takes, which tells what happened; reckoned from its letters. */
export function linesOf(row, lettersOfALine) {
  const told = tidings(row);
  const letters = told.reduce((sum, each) => sum + each.label.length + (each.text ?? "").length + 3, 0);
  return told.length ? Math.min(MOST_LINES, Math.max(1, Math.ceil(letters / lettersOfALine))) : 0;
}

/** What that part says: labels, each with a text or without one.
 * @returns {{label: string, text?: string, isWarning?: boolean}[]} */
function tidings(row) {
  const isRunning = row.state === "running";
  const isSocket = row.kind === "websocket";
  const told = [];
  if (row.frames) told.push({ label: counted(row.frames, isSocket ? "message" : "event") });
  if (row.close)
    told.push({
      label: `closed ${row.close.code ?? ""}`.trim(),
      text: row.why ? "" : closing(row.close.code, row.close.says),
    });
  if (row.why) told.push({ label: row.why.layer, text: row.why.sentence });
  else if (row.slow_at) told.push({ label: "slow", text: row.slow_at });
  else if (isRunning && row.at) told.push(whereItIs(row));
  else if (isSocket && !row.close) told.push({ label: isRunning ? "open" : "over" });
  else if (row.failed && !row.close && !isRunning) told.push({ label: "", text: "no reason was found" });
  if (wentOn(row) >= WENT_ON)
    told.push({
      label: "went on",
      text: `for ${duration(wentOn(row))} after its answer${row.went_on_at ? `, at ${row.went_on_at}` : ""}`,
    });
  for (const text of row.missed ?? []) told.push({ label: "", text, isWarning: true });
  return told;
}

/** Of one that is under way. */
function whereItIs({ at, answered_us }) {
  if (answered_us !== null && answered_us !== undefined)
    return { label: "answered", text: `in ${duration(answered_us)}, and still at work: ${at}` };
  return { label: /^(the |a free )/.test(at) ? "waits for" : "is at", text: at };
}

/** For how long the application went on though the answer was complete, in us. */
function wentOn(row) {
  return row.state === "done" && row.answered_us ? row.took_us - row.answered_us : 0;
}

/** @param {{index: number, count: number, isActive: boolean, isOpen: boolean, worker: number?}} place
 *   `worker`: where there are several */
export function rowElement(row, place) {
  const isRunning = row.state === "running";
  const told = tidings(row);
  return h(
    "div",
    {
      id: `row-${row.id}`,
      role: "option",
      class: [
        "row",
        told.length > 0 && "telling",
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
    told.length > 0 && h("span", { class: "reason" }, told.map(reason)),
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

function reason({ label, text, isWarning }) {
  return [
    isWarning && [h("span", { class: "sign", "aria-hidden": "true" }, "⚠ "), h("span", { class: "offscreen" }, "Warning: ")],
    label && [h("span", { class: "layer" }, label), " "],
    text && [foreign(text), " "],
  ];
}
