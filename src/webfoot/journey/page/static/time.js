// Where the time went: what was waited for, and each span's own share.

import { foreign, h } from "./dom.js";
import { duration, percent } from "./format.js";

/** In the order of the request's way; `says` is for people who do not know an event loop from a duck. */
export const PARTS = [
  ["client", "the client", "bytes of the request"],
  ["loop_lag", "loop lag", "busy with others"],
  ["thread_queue", "thread queue", "no thread was free"],
  ["awaits", "your awaits", "I/O, sleep"],
  ["cpu", "your CPU", "code that computes"],
  ["write_stall", "write stall", "a client that reads slowly"],
  ["server", "webfoot", "server and framework"],
];

export function waitingSplit(journey) {
  const split = journey.split;
  if (!split) return null;
  const parts = PARTS.map(([key, name, says]) => ({ key, name, says, us: split[key] ?? null }));
  const total = parts.reduce((sum, part) => sum + (part.us ?? 0), 0);
  if (!total) return null;
  return h(
    "div",
    { class: "split" },
    h("h3", null, "What it waited for"),
    h(
      "div",
      { class: "stack", "aria-hidden": "true" },
      parts
        .filter((part) => part.us > 0)
        .map((part) =>
          wide(h("span", { class: `part ${part.key}`, title: `${part.name} ${duration(part.us)}` }), part.us / total),
        ),
    ),
    h(
      "ul",
      null,
      parts.map((part) =>
        h(
          "li",
          { class: [!part.us && "pale", part.us / total >= 0.3 && "most"] },
          h("span", { class: `swatch ${part.key}`, "aria-hidden": "true" }),
          h("span", { class: "name" }, part.name, " ", h("small", null, part.says)),
          h("span", { class: "share" }, part.us === null ? "" : percent(part.us / total)),
          h("span", { class: "took" }, part.us === null ? "not measured" : duration(part.us)),
        ),
      ),
    ),
  );
}

/** Every span with its own time dark; the dark parts add up to the whole. */
export function waterfall(journey) {
  const root = journey.tree;
  if (!root || !(root.total_us > 0) || !journey.done) return null; // of what has not ended nobody knows the time
  const rows = [...walk(root, 0)];
  const own = rows.reduce((sum, { span }) => sum + span.self_us, 0);
  return h(
    "table",
    { class: "waterfall" },
    h("caption", null, "Own times, which add up to the whole"),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", { scope: "col" }, "part"),
        h("th", { scope: "col", class: "bars" }, h("span", { class: "offscreen" }, "when")),
        h("th", { scope: "col" }, "own"),
        h("th", { scope: "col" }, "in all"),
      ),
    ),
    h(
      "tbody",
      null,
      rows.map(({ span, depth }) => waterfallRow(span, depth, root)),
    ),
    h(
      "tfoot",
      null,
      h(
        "tr",
        null,
        h("th", { scope: "row", colspan: 2 }, "sum"),
        h("td", null, duration(own)),
        h("td", null, duration(root.total_us)),
      ),
    ),
  );
}

function* walk(span, depth) {
  yield { span, depth };
  for (const child of span.children ?? []) yield* walk(child, depth + 1);
}

function waterfallRow(span, depth, root) {
  const name = h(
    "span",
    { class: "name" },
    span.kind === "request" ? "server" : foreign(span.name),
    h("span", { class: "offscreen" }, ` (${span.kind})`),
  );
  name.style.paddingInlineStart = `${Math.min(depth, 12) * 0.55}em`;
  const bar = h(
    "span",
    { class: ["bar", span.kind] },
    gaps(span).map(([from, to]) =>
      placed(h("i"), (from - span.at_us) / (span.total_us || 1), (to - from) / (span.total_us || 1)),
    ),
  );
  const most = span.self_us / root.total_us >= 0.25;
  return h(
    "tr",
    {
      class: [most && "most", !span.complete && "cut"],
      title: `${span.kind} ${span.name}${span.complete ? "" : ": its end was not seen"}`,
    },
    h("th", { scope: "row" }, name),
    h("td", { class: "bars" }, placed(bar, (span.at_us - root.at_us) / root.total_us, span.total_us / root.total_us)),
    h("td", null, duration(span.self_us)),
    h("td", null, duration(span.total_us)),
  );
}

/** The stretches of a span that no child covers. */
export function gaps(span) {
  const found = [];
  let at = span.at_us;
  for (const child of [...(span.children ?? [])].sort((a, b) => a.at_us - b.at_us)) {
    if (child.at_us > at) found.push([at, child.at_us]);
    at = Math.max(at, child.at_us + child.total_us);
  }
  const end = span.at_us + span.total_us;
  if (end > at) found.push([at, end]);
  return found;
}

function placed(element, left, width) {
  element.style.insetInlineStart = `${(left * 100).toFixed(3)}%`;
  return wide(element, width);
}

function wide(element, share) {
  element.style.width = `${(share * 100).toFixed(3)}%`;
  return element;
}
