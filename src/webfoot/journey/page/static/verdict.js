// The top of a journey: what happened, who decided, the evidence, and what to do.

import { steps } from "./advice.js";
import { duck, foreign, h } from "./dom.js";
import { evidence } from "./evidence.js";
import { closing, duration, percent, phrase, statusClass, timeOfDay } from "./format.js";
import { place } from "./place.js";
import { slowest } from "./way.js";

const WENT_ON = 300_000; // us; as in the list

/** @param {string | null} app `module:app`, where that is known */
export function verdict(journey, app) {
  const isRunning = !journey.done;
  return h(
    "section",
    { class: "verdict", "data-status": statusClass(journey.status, isRunning), "aria-labelledby": "asked" },
    h(
      "h2",
      { id: "asked", tabindex: "-1" },
      h("span", { class: "method" }, journey.kind === "websocket" ? "WebSocket" : (journey.method ?? "")),
      " ",
      foreign(journey.target ?? "(no readable request)", "target"),
    ),
    h(
      "p",
      { class: "facts" },
      h("strong", { class: "status" }, statusInWords(journey)),
      h("span", { class: "took" }, isRunning ? "under way" : duration(journey.took_us)),
      h("span", null, isRunning && "since ", timeOfDay(journey.started_at)),
      journey.client && h("span", null, "from ", foreign(journey.client)),
      journey.http_version && h("span", null, `HTTP/${journey.http_version}`),
      journey.worker && h("span", null, `worker ${journey.worker}`),
    ),
    sentence(journey),
    wentOn(journey),
    (journey.missed ?? []).map((each) => h("p", { class: "sentence" }, foreign(each))),
    evidence(journey),
    toDo(journey, app),
  );
}

function statusInWords(journey) {
  if (journey.status) return `${journey.status} ${phrase(journey.status)}`.trim();
  return journey.done ? "no answer" : "no answer yet";
}

function sentence(journey) {
  const why = journey.why;
  if (why) {
    const number = journey.marks.find((mark) => mark.station === why.station)?.number;
    return [
      h("p", { class: "sentence" }, foreign(why.sentence)),
      h(
        "p",
        { class: "decided" },
        duck("duck small"),
        "decided by ",
        h("strong", null, why.layer),
        number && ` · station ${number}, ${why.station.replaceAll("_", " ")}`,
      ),
    ];
  }
  const closed = journey.summary?.close;
  if (closed)
    return h(
      "p",
      { class: "sentence" },
      `Closed with ${closed.code}: `,
      foreign(closing(closed.code, closed.says)),
      ".",
    );
  if (!journey.done) return h("p", { class: "sentence" }, under(journey), where(journey));
  if (journey.missed?.length) return null;
  const slow = slowest(journey.tree, journey.took_us);
  const own = journey.held?.find((held) => held.by === journey.id);
  if (own)
    return h(
      "p",
      { class: "sentence" },
      `It held the event loop for ${duration(own.us)}: meanwhile no other request went on.`,
    );
  if (wentOn(journey)) return null;
  if (journey.summary?.slow && slow)
    return h(
      "p",
      { class: "sentence" },
      `${percent(slow.share)} of the time, ${duration(slow.us)}, went by in the ${slow.kind} `,
      slow.kind === "endpoint" && journey.endpoint ? whereItIs(journey.endpoint) : foreign(slow.name),
      journey.stood_at && ["; it was at ", placeIn(journey.stood_at)],
      ".",
    );
  return h(
    "p",
    { class: "sentence well" },
    journey.endpoint
      ? ["Answered by ", whereItIs(journey.endpoint)]
      : "All went well.",
  );
}

/** Of one that has not ended. */
function under(journey) {
  if (journey.answered_us === null || journey.answered_us === undefined) return "Still under way. ";
  return `Answered in ${duration(journey.answered_us)}, and still at work. `;
}

/** Of one whose application went on though its answer was complete, if that was for long. */
function wentOn(journey) {
  const us = journey.done && journey.answered_us ? journey.took_us - journey.answered_us : 0;
  if (us < WENT_ON) return null;
  return h(
    "p",
    { class: "sentence" },
    `Its answer was complete after ${duration(journey.answered_us)}; then the application went on for ${duration(us)}`,
    journey.went_on_at && [", at ", placeIn(journey.went_on_at)],
    ".",
  );
}

function where(journey) {
  const running = (journey.dependencies ?? []).find((each) => each.outcome === "running");
  if (running)
    return [
      "The dependency ",
      place(running.file, running.line, running.name),
      ` has been running for ${duration(running.took_us)}`,
      journey.stood_at && [", and is at ", placeIn(journey.stood_at)],
      ".",
    ];
  if (journey.stood_at) return ["It is at ", placeIn(journey.stood_at), "."];
  const last = journey.marks.at(-1);
  return last
    ? [
        `The last that was heard of it: ${last.station.replaceAll("_", " ")}`,
        last.says && [", ", foreign(last.says)],
        ".",
        journey.endpoint && [" The endpoint is ", whereItIs(journey.endpoint), "."],
      ]
    : "";
}

/** @param {string} text `app.py:31 in duck`, or what else it waits for */
function placeIn(text) {
  const [, file, line, name] = text.match(/^(\S+):(\d+) in (\S+)/) ?? [];
  return file ? place(file, line, name) : foreign(text);
}

function whereItIs(endpoint) {
  return place(endpoint.file, endpoint.line, endpoint.name);
}

function toDo(journey, app) {
  const told = steps(journey, app);
  if (!told.length) return null;
  return h(
    "div",
    { class: "todo" },
    h("h3", null, "What to do"),
    h(
      "ul",
      null,
      told.map((step) => h("li", null, foreign(step))),
    ),
  );
}
