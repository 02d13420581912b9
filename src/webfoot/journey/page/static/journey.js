// One journey, opened: the verdict, the picture of the house, the time, and all that was said.

import { exportButtons } from "./exports.js";
import { changes, content } from "./content.js";
import { fill, h } from "./dom.js";
import { frames } from "./frames.js";
import { holdUp } from "./held.js";
import { house } from "./house.js";
import { marks } from "./marks.js";
import { waitingSplit, waterfall } from "./time.js";
import { verdict } from "./verdict.js";

/** Draw `journey` into `box`, in place of whatever is there; what the reader unfolded stays unfolded. */
export function draw(box, journey, { server, close, isNew }) {
  const open = new Set([...box.querySelectorAll("details[open]")].map((each) => each.dataset.keep));
  const scrolled = box.scrollTop;
  fill(
    box,
    bar(journey, server.exports, close),
    verdict(journey, server.app),
    journey.worker_ended
      ? h("p", { class: "muted" }, "Its way, its header fields and its body were kept by that worker, and have gone with it.")
      : [h("div", { class: "parts" }, main(journey), side(journey)), marks(journey)],
  );
  for (const each of box.querySelectorAll("details")) each.open = open.has(each.dataset.keep);
  box.scrollTop = isNew ? 0 : scrolled;
}

function bar(journey, exports, close) {
  return h(
    "div",
    { class: "bar" },
    h(
      "button",
      { type: "button", class: "quiet close", on: { click: close }, "aria-label": "close this journey" },
      "← back",
    ),
    exportButtons(journey, exports),
  );
}

function main(journey) {
  return h(
    "div",
    { class: "column" },
    isConversation(journey) && part("Messages", frames(journey)),
    part("The way", house(journey)),
  );
}

function side(journey) {
  return h(
    "div",
    { class: "column" },
    part("Time", waitingSplit(journey), heldSection(journey), waterfall(journey)),
    !isConversation(journey) && part("Messages", frames(journey)),
    part("Content", content(journey)),
    part("What the layers changed", changes(journey)),
  );
}

function heldSection(journey) {
  return (journey.held ?? []).slice(2).map((held) => holdUp(held, journey.id)); // the first two stand in the verdict
}

function isConversation(journey) {
  return journey.kind === "websocket" || (journey.frames?.length ?? 0) > 0;
}

function part(title, ...children) {
  const shown = children.flat(Infinity).filter(Boolean);
  if (!shown.length) return null;
  return h("section", { class: "part", "aria-label": title }, h("h3", { class: "heading" }, title), shown);
}

export function problem(box, message, close) {
  fill(
    box,
    h("div", { class: "bar" }, h("button", { type: "button", class: "quiet close", on: { click: close } }, "← back")),
    h("p", { class: "problem", role: "alert" }, message),
  );
}
