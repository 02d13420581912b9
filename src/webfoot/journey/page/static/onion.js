// The layers of middleware, one within the other.

import { foreign, h } from "./dom.js";
import { duration } from "./format.js";
import { floor, roomBox } from "./floor.js";

/** Layers that ended before the next one began would be siblings; the way of one request nests them all. */
export function onion(view, layers, depth, core) {
  if (depth === layers.length) return core;
  const layer = layers[depth];
  const changes = (view.journey.changes ?? []).filter(
    (change) => change.layer === layer.name && change.index === layer.index,
  );
  const times =
    layer.inUs === null
      ? layer.selfUs !== null && `own time ${duration(layer.selfUs)}`
      : `own time ${duration(layer.inUs)} in, ${duration(layer.outUs)} out`;
  const room = {
    ...layer,
    in: undefined,
    slowName: layer.name,
    slowKind: "middleware",
    isBad: Boolean(layer.error) && !layer.handled,
  };
  const extra = [
    h("div", { class: "detail" }, layer.isOpen ? view.journey.done && "never left" : times),
    layer.decided.map((mark) =>
      h(
        "div",
        { class: "detail decision" },
        foreign(mark.facts.status ? `answered ${mark.facts.status}: ${mark.facts.what}` : mark.facts.what),
      ),
    ),
    changes.map(changeLine),
    layer.error &&
      h(
        "div",
        { class: ["detail", layer.handled ? "handled" : "wrong"] },
        foreign(layer.handled ? `${layer.error.kind}: ${layer.handled}` : `${layer.error.kind} passed through`),
      ),
  ];
  return roomBox(
    "layer",
    `middleware ${layer.name}`,
    [floor(view, room, extra), onion(view, layers, depth + 1, core)],
    { isDeciding: layer.key === view.deciding },
  );
}

function changeLine(change) {
  const arrow = change.way === "in" ? "↓" : "↑";
  if (change.what === "answer")
    return h("div", { class: "detail change" }, `${arrow} answered itself: `, foreign(change.after ?? ""));
  const verb = change.before === null ? "added" : change.after === null ? "removed" : "changed";
  return h(
    "div",
    { class: "detail change" },
    `${arrow} ${verb} `,
    foreign(change.name ?? change.what, "code"),
    change.after !== null && change.after !== undefined && [": ", foreign(change.after)],
  );
}
