// One storey of the house, and the walls around several.

import { duck, foreign, h } from "./dom.js";
import { duration, percent } from "./format.js";
import { endpointOf, notReached } from "./way.js";

/** @typedef {{journey: object, deciding: string | null, slow: object | null, isDeep: boolean}} View */

export function roomBox(kind, label, children, { isDeciding = false } = {}) {
  return h("div", { class: ["room", kind, isDeciding && "deciding"], role: "group", "aria-label": label }, children);
}

/** One storey: when it was passed inwards, what it said, and when it was passed outwards. `wide` stands below, over all of it. */
export function floor(view, room, extra = null, wide = null) {
  const isDeciding = room.key === view.deciding;
  const slow = view.slow && room.slowName === view.slow.name && room.slowKind === view.slow.kind ? view.slow : null;
  return h(
    "div",
    {
      class: ["floor", isDeciding && "deciding", !room.isReached && "pale", room.isBad && "bad"],
      "data-room": room.key,
    },
    h(
      "span",
      { class: "clock in", title: "passed on the way in" },
      room.inAt === undefined ? "" : `↓ ${duration(room.inAt)}`,
    ),
    h(
      "div",
      { class: "said" },
      h(
        "div",
        { class: "line" },
        h("span", { class: "title" }, room.title),
        " ",
        room.in && (room.in instanceof Node ? room.in : foreign(room.in, "phrase")),
        room.out && h("span", { class: "outward" }, foreign(room.out)),
      ),
      isDeciding &&
        h(
          "div",
          { class: "here" },
          duck("duck small"),
          h("strong", null, "decided here"),
          view.journey.why && turnsBack(view) && ": the way ends, and the answer goes back",
        ),
      slow && h("div", { class: "slowest" }, `${percent(slow.share)} of the whole time: ${duration(slow.us)}`),
      extra,
    ),
    h(
      "span",
      { class: "clock out", title: "passed on the way out" },
      room.outAt === undefined ? "" : `↑ ${duration(room.outAt)}`,
    ),
    wide && h("div", { class: "wide" }, wide),
  );
}

function turnsBack(view) {
  return notReached(view.journey).length > 0 || endpointOf(view.journey)?.outcome === null;
}

export function unreached(names) {
  return h(
    "div",
    { class: "floor pale" },
    h("span"),
    h("div", { class: "said" }, h("span", { class: "title" }, "not reached"), " ", names.join(" · ")),
    h("span"),
  );
}
