// The event loop was held while a request was under way: by itself, or by another one.

import { foreign, h } from "./dom.js";
import { duration } from "./format.js";
import { place } from "./place.js";

const MOST_LINES = 6; // of the stack; the others can be unfolded

export function holdUp(held, id) {
  const who =
    held.by === id
      ? "this request"
      : held.by
        ? h("a", { href: `#${encodeURIComponent(held.by)}` }, foreign(held.task || "another request"))
        : foreign(held.task || "something that is no request");
  const lines = [...(held.stack ?? [])].reverse(); // the innermost is what one looks for
  return h(
    "div",
    { class: "held" },
    h("p", null, h("strong", null, `The event loop was held for ${duration(held.us)}`), " by ", who, ". It was here:"),
    stack(lines, `stack ${held.at_us}`),
  );
}

/** Where a worker was when it died, which is where this request was if it was the only one. */
export function lastStack(ended) {
  if (!ended?.stack?.length) return null;
  return h(
    "div",
    { class: "held" },
    h("p", null, h("strong", null, "The worker"), " was here:"),
    stack(ended.stack, "last stack"),
  );
}

/** @param {string[]} lines the innermost first */
function stack(lines, key) {
  return [
    h("ol", { class: "stack" }, lines.slice(0, MOST_LINES).map(line)),
    lines.length > MOST_LINES &&
      h(
        "details",
        { "data-keep": key },
        h("summary", null, `${lines.length - MOST_LINES} more, further out`),
        h("ol", { class: "stack" }, lines.slice(MOST_LINES).map(line)),
      ),
  ];
}

/** `file:line in function` */
function line(text) {
  const parts = /^(.+):(\d+) in (.+)$/.exec(text);
  return h("li", null, parts ? place(parts[1], Number(parts[2]), parts[3]) : foreign(text, "code"));
}
