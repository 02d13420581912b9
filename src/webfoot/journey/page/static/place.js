// A place in the code: `app.py:31`, to be copied, or opened in the editor.

import { copyButton, foreign, h } from "./dom.js";
import { editorLink } from "./settings.js";

/** @param {string | null | undefined} file @param {number | null | undefined} line @param {string} name what is there */
export function place(file, line, name = "") {
  if (!file) return name ? foreign(name, "code") : null;
  const text = line ? `${file}:${line}` : file;
  const shown = line ? `${short(file)}:${line}` : short(file);
  const link = editorLink(file, line);
  return h(
    "span",
    { class: "place" },
    name && [foreign(name, "code"), " "],
    link
      ? h("a", { href: link, class: "file", title: `open ${text} in the editor` }, foreign(shown))
      : h("span", { class: "file", title: text }, foreign(shown)),
    copyButton(text, "copy", `copy ${shown}`),
  );
}

/** The last two parts of a path: enough to know the file by. */
export function short(file) {
  const parts = file.split("/");
  return parts.length > 3 ? parts.slice(-2).join("/") : file;
}

/** An exception as a journey keeps it, with what it was raised from. */
export function failure(error) {
  if (!error) return null;
  if (typeof error === "string") return h("p", { class: "failure" }, foreign(error));
  return h(
    "div",
    { class: "failure" },
    h("p", null, h("strong", null, foreign(error.kind)), error.text && [": ", foreign(error.text)]),
    error.file &&
      h(
        "p",
        null,
        "at ",
        place(error.file, error.line, error.function ?? ""),
        !error.is_own && " (not in your own code)",
      ),
    error.cause && [h("p", { class: "muted" }, "raised from"), failure(error.cause)],
  );
}
