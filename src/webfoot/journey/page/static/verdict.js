// The top of a journey: what happened, who decided, the evidence, and what to do.

import { advice, errorsOf, grouped } from "./advice.js";
import { duck, foreign, h } from "./dom.js";
import { closing, duration, literal, percent, phrase, statusClass, timeOfDay } from "./format.js";
import { holdUp } from "./held.js";
import { failure, place } from "./place.js";
import { slowest } from "./way.js";

/** @param {string | null} app `module:app`, where that is known */
export function verdict(journey, app) {
  const isRunning = !journey.done;
  return h(
    "section",
    { class: "verdict", "data-status": statusClass(journey.status, isRunning), "aria-labelledby": "asked" },
    h(
      "h2",
      { id: "asked", tabindex: "-1" },
      h("span", { class: "method" }, journey.kind === "websocket" ? "WebSocket" : journey.method ?? ""),
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
      h("p", { class: "decided" }, duck("duck small"), "decided by ", h("strong", null, why.layer), number && ` · station ${number}, ${why.station.replaceAll("_", " ")}`),
    ];
  }
  const closed = journey.summary?.close;
  if (closed) return h("p", { class: "sentence" }, `Closed with ${closed.code}: `, foreign(closing(closed.code, closed.says)), ".");
  if (!journey.done) return h("p", { class: "sentence" }, "Still under way. ", where(journey));
  const slow = slowest(journey.tree, journey.took_us);
  const own = journey.held?.find((held) => held.by === journey.id);
  if (own) return h("p", { class: "sentence" }, `It held the event loop for ${duration(own.us)}: meanwhile no other request went on.`);
  if (journey.summary?.slow && slow) return h("p", { class: "sentence" }, `${percent(slow.share)} of the time went by in the ${slow.kind} `, foreign(slow.name), `: ${duration(slow.us)}.`);
  return h("p", { class: "sentence well" }, journey.endpoint ? ["Answered by ", place(journey.endpoint.file, journey.endpoint.line, journey.endpoint.name)] : "All went well.");
}

function where(journey) {
  const last = journey.marks.at(-1);
  return last ? [`The last that was heard of it: ${last.station.replaceAll("_", " ")}`, last.says && [", ", foreign(last.says)], "."] : "";
}

/** What proves the sentence, by the kind of station that decided. */
function evidence(journey) {
  const station = journey.why?.station;
  const shown = [];
  if (station === "values_validated" || station === "reply_validated") shown.push(errorTable(journey));
  if (station === "route_matched") shown.push(candidates(journey.route), allowed(journey.route));
  const error = errorThatDecided(journey);
  if (error && station !== "values_validated" && station !== "reply_validated") shown.push(failure(error));
  for (const held of (journey.held ?? []).slice(0, 2)) shown.push(holdUp(held, journey.id));
  return shown.filter(Boolean).length ? h("div", { class: "evidence" }, shown) : null;
}

function errorThatDecided(journey) {
  const failed = (journey.dependencies ?? []).find((each) => each.error);
  if (journey.why?.layer === "dependency" && failed) return failed.error;
  if (journey.endpoint?.error) return journey.endpoint.error;
  const mark = (journey.marks ?? []).find((each) => each.facts?.error && each.facts?.outcome !== "skipped");
  return journey.why && journey.route?.outcome !== "not_found" && journey.route?.outcome !== "method_not_allowed" ? mark?.facts.error : null;
}

/** Each validation error: where, what was sent, what is wrong with it. */
export function errorTable(journey) {
  const errors = errorsOf(journey);
  if (!errors.length) return null;
  const isReply = journey.why?.station === "reply_validated";
  return h(
    "table",
    { class: "errors" },
    h("caption", { class: "offscreen" }, "Values that did not fit"),
    h("thead", null, h("tr", null, ["where", isReply ? "returned" : "sent", "wrong"].map((text) => h("th", { scope: "col" }, text)))),
    h(
      "tbody",
      null,
      errors.slice(0, 20).map((error) =>
        h(
          "tr",
          null,
          h("th", { scope: "row" }, foreign(error.loc.slice(0, 1).join(""), "muted"), " ", foreign(error.loc.slice(1).join("."), "code")),
          h("td", null, error.type === "missing" ? h("em", null, "nothing") : foreign(literal(error.input), "code raw")),
          h("td", { class: "wrong" }, foreign(error.msg)),
        ),
      ),
    ),
    errors.length > 20 && h("tfoot", null, h("tr", null, h("td", { colspan: 3 }, `and ${errors.length - 20} more`))),
  );
}

/** The routes that the router looked at, and what each failed by. */
export function candidates(route) {
  if (!route?.near?.length) return null;
  return h(
    "ul",
    { class: "candidates", "aria-label": "the nearest routes" },
    grouped(route.near).map((near) =>
      h("li", null, h("span", { class: "method" }, near.methods.join(" ")), " ", foreign(near.route, "code"), " ", h("span", { class: "wrong" }, foreign(near.failed ?? ""))),
    ),
  );
}

function allowed(route) {
  if (route?.outcome !== "method_not_allowed") return null;
  return h("p", null, h("span", { class: "muted" }, "The route takes "), h("strong", { class: "code" }, (route.allow ?? []).join(", ")), route.file && [" · ", place(route.file, route.line, route.name ?? "")]);
}

function toDo(journey, app) {
  const steps = advice(journey, app);
  if (!steps.length) return null;
  return h("div", { class: "todo" }, h("h3", null, "What to do"), h("ul", null, steps.map((step) => h("li", null, foreign(step)))));
}
