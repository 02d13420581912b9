// What went over a WebSocket, or the events of a stream, one after the other.

import { foreign, h } from "./dom.js";
import { closing, counted, duration, pretty, size } from "./format.js";

export function frames(journey) {
  const all = journey.frames ?? [];
  if (!all.length && !(journey.kind === "websocket")) return null;
  if (!all.length) return h("p", { class: "muted" }, "No message yet.");
  return [
    h(
      "p",
      { class: "muted" },
      summaryOf(all),
      journey.frames_left_out > 0 && `; ${counted(journey.frames_left_out, "more")} not kept`,
    ),
    h("ol", { class: "frames" }, all.map(frame)),
  ];
}

function summaryOf(all) {
  const told = ["in", "out"].map((way) => {
    const some = all.filter((each) => each.way === way && each.kind !== "accept" && each.kind !== "close");
    return some.length && `${some.length} ${way === "in" ? "from the client" : "to the client"}`;
  });
  return told.filter(Boolean).join(", ") || "no messages";
}

function frame(each) {
  const isClose = each.kind === "close";
  return h(
    "li",
    { class: [each.way, each.kind], "data-kind": each.kind },
    h("span", { class: "clock" }, duration(each.at_us)),
    h("span", { class: `way ${each.way}` }, each.way === "in" ? "↓ in" : "↑ out"),
    h("span", { class: "kind" }, each.kind),
    h("span", { class: "size" }, howLong(each)),
    h("span", { class: "text" }, isClose ? end(each) : text(each)),
  );
}

/** What is said of a binary message stands in its size already, unless it was not kept for a reason. */
function isJustSize(each) {
  return each.kind === "binary" && !each.says?.includes(",");
}

function howLong(each) {
  if (each.kind === "text") return counted(each.size ?? 0, "character");
  return each.kind === "binary" || each.kind === "event" ? size(each.size) : "";
}

function end(each) {
  return [
    each.code && h("strong", null, `${each.code} `),
    foreign(closing(each.code, each.says)),
    each.text && [" “", foreign(each.text), "”"],
  ];
}

const MOST_IN_HEX = 32; // bytes

/** The beginning of a message that is no text; whoever wants all of it saves the journey. */
function hex(data) {
  const bytes = [...atob(data.slice(0, 2 * MOST_IN_HEX))].map((letter) => letter.charCodeAt(0));
  const shown = bytes.slice(0, MOST_IN_HEX).map((byte) => byte.toString(16).padStart(2, "0"));
  return `${shown.join(" ")}${bytes.length > MOST_IN_HEX ? " …" : ""}`;
}

function text(each) {
  if (each.data) return h("span", { class: "code", title: "the first bytes, in hexadecimal" }, hex(each.data));
  if (each.text === null || each.text === undefined || each.text === "")
    return foreign(each.kind === "text" || isJustSize(each) ? "" : (each.says ?? ""), "muted");
  const better = pretty(each.text);
  if (better === each.text && each.text.length <= 300) return foreign(each.text, "code");
  return h(
    "details",
    { "data-keep": `frame ${each.at_us}` },
    h("summary", null, foreign(each.text.slice(0, 120), "code"), each.text.length > 120 && "…"),
    h("pre", null, foreign(better)),
  );
}
