// What proves a verdict, by the kind of station that decided.

import { errorsOf } from "./advice.js";
import { foreign, h } from "./dom.js";
import { literal } from "./format.js";
import { holdUp, lastStack } from "./held.js";
import { failure, place } from "./place.js";

export function evidence(journey) {
  const station = journey.why?.station;
  const shown = [];
  if (station === "values_validated" || station === "reply_validated") shown.push(errorTable(journey));
  if (station === "route_matched") shown.push(candidates(journey.route), allowed(journey.route));
  const error = errorThatDecided(journey);
  if (error && station !== "values_validated" && station !== "reply_validated") shown.push(failure(error));
  for (const held of (journey.held ?? []).slice(0, 2)) shown.push(holdUp(held, journey.id));
  shown.push(lastStack(journey.worker_ended));
  return shown.filter(Boolean).length ? h("div", { class: "evidence" }, shown) : null;
}

function errorThatDecided(journey) {
  const failed = (journey.dependencies ?? []).find((each) => each.error);
  if (journey.why?.layer === "dependency" && failed) return failed.error;
  if (journey.endpoint?.error) return journey.endpoint.error;
  const mark = (journey.marks ?? []).find((each) => each.facts?.error && each.facts?.outcome !== "skipped");
  return journey.why && journey.route?.outcome !== "not_found" && journey.route?.outcome !== "method_not_allowed"
    ? mark?.facts.error
    : null;
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
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        ["where", isReply ? "returned" : "sent", "wrong"].map((text) => h("th", { scope: "col" }, text)),
      ),
    ),
    h(
      "tbody",
      null,
      errors
        .slice(0, 20)
        .map((error) =>
          h(
            "tr",
            null,
            h(
              "th",
              { scope: "row" },
              foreign(error.loc.slice(0, 1).join(""), "muted"),
              " ",
              foreign(error.loc.slice(1).join("."), "code"),
            ),
            h(
              "td",
              null,
              error.type === "missing" ? h("em", null, "nothing") : foreign(literal(error.input), "code raw"),
            ),
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
    route.near.map((near) =>
      h(
        "li",
        null,
        h("span", { class: "method" }, near.methods.join(" ")),
        " ",
        foreign(near.route, "code"),
        " ",
        h("span", { class: "wrong" }, foreign(near.failed ?? "")),
      ),
    ),
  );
}

function allowed(route) {
  if (route?.outcome !== "method_not_allowed") return null;
  return h(
    "p",
    null,
    h("span", { class: "muted" }, "The route takes "),
    h("strong", { class: "code" }, (route.allow ?? []).join(", ")),
    route.file && [" · ", place(route.file, route.line, route.name ?? "")],
  );
}
