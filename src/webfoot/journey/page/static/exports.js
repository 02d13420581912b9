// Taking a journey along. Which ways there are is said by the server; the journey itself, as JSON, is always one.

import { copyButton, h } from "./dom.js";

/** name -> [label, whether it is text to be copied; the others are files] */
const KNOWN = {
  curl: ["copy as curl", true],
  pytest: ["copy as pytest test", true],
  har: ["HAR", false],
  otlp: ["OTLP", false],
};

async function text(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.text();
}

/** @param {string[]} offered `server.exports`, each found at `api/journeys/ID/export/NAME` */
export function exportButtons(journey, offered = []) {
  const base = `api/journeys/${encodeURIComponent(journey.id)}`;
  return h(
    "div",
    { class: "exports", role: "group", "aria-label": "take it along" },
    copyButton(location.href, "copy link"),
    offered
      .filter((name) => name in KNOWN)
      .map((name) => {
        const [label, isCopied] = KNOWN[name];
        const address = `${base}/export/${name}`;
        return isCopied
          ? copyButton(() => text(address), label)
          : h("a", { class: "quiet", href: address, download: `${journey.id}.${name}` }, label);
      }),
    h("a", { class: "quiet", href: base, download: `journey-${journey.id}.json` }, "JSON"),
  );
}
