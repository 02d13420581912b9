// Headers and bodies as they came and went.

import { copyButton, foreign, h, redacted } from "./dom.js";
import { pretty, size } from "./format.js";

export function content(journey) {
  return h(
    "div",
    { class: "content" },
    half("Request", journey.request, [journey.method, journey.target].filter(Boolean).join(" ")),
    half("Response", journey.response, journey.status ? String(journey.status) : "none"),
  );
}

function half(title, part, line) {
  return h(
    "section",
    { "aria-label": title },
    h("h3", null, title, " ", foreign(line, "muted")),
    part?.headers?.length ? headerTable(part.headers, title) : h("p", { class: "muted" }, "no headers were kept"),
    part?.body ? body(part.body) : h("p", { class: "muted" }, part ? "no body" : ""),
  );
}

function headerTable(headers, title) {
  return h(
    "table",
    { class: "headers" },
    h("caption", { class: "offscreen" }, `${title} headers`),
    h(
      "tbody",
      null,
      headers.map(([name, value]) =>
        h("tr", null, h("th", { scope: "row" }, foreign(name)), h("td", null, foreign(value))),
      ),
    ),
  );
}

function body(kept) {
  const says = kept.says ?? [kept.content_type, size(kept.size)].filter(Boolean).join(", ");
  if (kept.text === null || kept.text === undefined) return h("p", { class: "muted" }, foreign(says));
  const text = pretty(kept.text);
  return [
    h("p", { class: "muted above" }, foreign(says), copyButton(kept.text, "copy", "copy the body")),
    h("pre", { class: "body", tabindex: "0", role: "region", "aria-label": "body" }, h("bdi", null, redacted(text))),
  ];
}

/** What each layer made of what passed it. */
export function changes(journey) {
  const all = journey.changes ?? [];
  if (!all.length) return null;
  return h(
    "table",
    { class: "changes" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        ["layer", "what", "before", "after"].map((text) => h("th", { scope: "col" }, text)),
      ),
    ),
    h(
      "tbody",
      null,
      all.map((change) =>
        h(
          "tr",
          null,
          h(
            "th",
            { scope: "row" },
            h(
              "span",
              { class: `way ${change.way}`, title: change.way === "in" ? "on the way in" : "on the way out" },
              change.way === "in" ? "↓" : "↑",
            ),
            " ",
            foreign(change.layer),
          ),
          h("td", null, change.what, change.name && change.name !== change.what && [" ", foreign(change.name, "code")]),
          h(
            "td",
            null,
            change.before === null || change.before === undefined
              ? h("em", { class: "muted" }, "–")
              : h("del", null, foreign(change.before)),
          ),
          h(
            "td",
            null,
            change.after === null || change.after === undefined
              ? h("em", { class: "muted" }, "removed")
              : h("ins", null, foreign(change.after)),
          ),
        ),
      ),
    ),
  );
}
