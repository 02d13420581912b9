// What validation made of each value: as it was sent, and as Python got it.

import { foreign, h } from "./dom.js";
import { literal } from "./format.js";

const LONG = 160;

export function valueTable(step) {
  return h(
    "table",
    { class: "values" },
    h("caption", null, foreign(step.owner ?? "")),
    h(
      "thead",
      { class: "offscreen" },
      h(
        "tr",
        null,
        ["value", "as sent", "in Python"].map((text) => h("th", { scope: "col" }, text)),
      ),
    ),
    h(
      "tbody",
      null,
      step.values.map((value) => [
        valueRow(value),
        (value.errors ?? []).filter((error) => isInside(error, value)).map(errorRow),
      ]),
    ),
  );
}

function valueRow(value) {
  const isWrong = value.errors?.length > 0;
  return h(
    "tr",
    { class: isWrong && "wrong" },
    h("th", { scope: "row" }, h("span", { class: "muted" }, value.place), " ", foreign(value.name ?? "", "code")),
    h("td", null, value.is_sent ? long(literal(value.raw, 4000)) : h("em", { class: "muted" }, "not sent")),
    h("td", null, isWrong ? complaint(value) : inPython(value)),
  );
}

function complaint(value) {
  const direct = value.errors.filter((error) => !isInside(error, value));
  return h(
    "span",
    { class: "wrong" },
    direct.length ? direct.map((error) => h("div", null, foreign(error.msg))) : "does not fit:",
  );
}

/** Whether the error is about a part of the value: a field of the body, an item of a list. */
function isInside(error, value) {
  return partOf(error, value).length > 0;
}

function partOf(error, value) {
  return error.loc.slice(error.loc[1] === value.name ? 2 : 1);
}

function errorRow(error) {
  return h(
    "tr",
    { class: "wrong inner" },
    h("th", { scope: "row" }, "↳ ", foreign(error.loc.slice(1).join("."), "code")),
    h(
      "td",
      null,
      error.type === "missing" ? h("em", { class: "muted" }, "not sent") : foreign(literal(error.input), "code"),
    ),
    h("td", { class: "wrong" }, foreign(error.msg)),
  );
}

function inPython(value) {
  if (value.value === null || value.value === undefined) return h("em", { class: "muted" }, "–");
  return [long(value.value), value.type && h("span", { class: "tag" }, foreign(value.type))];
}

function long(text) {
  if (text.length <= LONG) return foreign(text, "code");
  return h(
    "details",
    { "data-keep": text.slice(0, 40) },
    h("summary", null, foreign(`${text.slice(0, 60)}…`, "code")),
    foreign(text, "code"),
  );
}
