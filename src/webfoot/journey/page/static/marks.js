// Every mark that was made, for whoever wants to see the raw journey.

import { foreign, h } from "./dom.js";
import { counted, duration } from "./format.js";

const ARROW = { in: "↓", turn: "●", out: "↑", end: "■" };

export function marks(journey) {
  return h(
    "details",
    { class: "marks", "data-keep": "marks" },
    h("summary", null, `Every mark (${journey.marks.length})`),
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["", "at", "station", "what was decided"].map((text) =>
            h("th", { scope: "col" }, text || h("span", { class: "offscreen" }, "way")),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        journey.marks
          .slice(0, 1000)
          .map((mark) =>
            h(
              "tr",
              { class: mark.station === journey.why?.station && "deciding" },
              h("td", null, h("span", { class: `way ${mark.way}` }, ARROW[mark.way] ?? ""), ` ${mark.number}`),
              h("td", { class: "clock" }, duration(mark.at_us)),
              h("td", { class: "code" }, mark.station),
              h("td", null, foreign(mark.says ?? "")),
            ),
          ),
      ),
    ),
    journey.left_out > 0 && h("p", { class: "muted" }, `${counted(journey.left_out, "more mark")} not kept`),
  );
}
