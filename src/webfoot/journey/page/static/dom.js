// The one place that makes elements. What a journey holds was written by strangers: it becomes text, never markup.

/** @typedef {Node | string | number | null | undefined | false} Piece */

/**
 * An element. `traits` are attributes; `class` may be a list, `on` maps events to listeners, `true` means present.
 * @param {string} name
 * @param {Record<string, any> | null} traits
 * @param {...(Piece | Piece[])} children
 */
export function h(name, traits = null, ...children) {
  const element = document.createElement(name);
  for (const [trait, value] of Object.entries(traits ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (trait === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (trait === "class") {
      element.className = [value].flat().filter(Boolean).join(" ");
    } else {
      element.setAttribute(trait, value === true ? "" : String(value));
    }
  }
  element.append(...pieces(children));
  return element;
}

/** What is to be shown of `children`: no nulls, and numbers as text. */
export function pieces(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== "")
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** Make `element` show `children` and nothing else. */
export function fill(element, ...children) {
  element.replaceChildren(...pieces(children));
  return element;
}

/** Text in which each `[redacted]` is shown as the mark that it is. */
export function redacted(text) {
  return String(text)
    .split(/(\[redacted\])/)
    .map((part) =>
      part === "[redacted]" ? h("span", { class: "redacted", title: "a secret; it was not kept" }, "redacted") : part,
    );
}

/** Text that somebody else wrote, kept from turning its surroundings around (a right-to-left override, say). */
export function foreign(text, className = "") {
  return h("bdi", { class: ["foreign", className] }, redacted(text));
}

/** The duck. It stands where a request turned round. */
export function duck(className = "duck") {
  return h("img", { src: "duck.svg", alt: "", class: className });
}

/** Copies `text`; the button says for a moment how that went. */
export function copyButton(text, label = "copy", name = null) {
  const button = h("button", { type: "button", class: "quiet copy", "aria-label": name }, label);
  button.addEventListener("click", async () => {
    fill(button, (await copied(text)) ? "copied" : "not copied");
    setTimeout(() => fill(button, label), 1200);
  });
  return button;
}

async function copied(text) {
  try {
    return await copy(typeof text === "function" ? await text() : text);
  } catch {
    return false; // what was to be copied could not be had
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // pages over plain HTTP on another host than localhost have no clipboard
  }
}

function copyBySelection(text) {
  const area = h("textarea", { class: "offscreen", "aria-hidden": "true" });
  area.value = text;
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
