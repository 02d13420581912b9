// The keyboard: one letter, one deed. Nothing is taken from somebody who types, or who uses another key with it.

export function listenToKeys({ list, toolbar, open, close, theme, help }) {
  const deeds = {
    j: () => list.move(1),
    ArrowDown: () => list.move(1),
    k: () => list.move(-1),
    ArrowUp: () => list.move(-1),
    "/": () => toolbar.path.focus(),
    f: () => toolbar.toggle("failed"),
    s: () => toolbar.toggle("slow"),
    p: () => toolbar.pause(),
    d: theme,
    "?": help,
  };
  const inList = {
    Home: () => list.move(-Infinity),
    End: () => list.move(Infinity),
    PageDown: () => list.move(10),
    PageUp: () => list.move(-10),
    " ": () => open(list.activeId),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return close() ? event.preventDefault() : undefined;
    if (isTyping(event.target)) return leaveFilter(event, list);
    if (event.key === "Enter") return enter(event, list, open);
    const isOnList = event.target === list.box || event.target === document.body;
    const isArrow = event.key.startsWith("Arrow");
    const deed = (isOnList && inList[event.key]) || (!isArrow || isOnList ? deeds[event.key] : null);
    if (!deed) return;
    event.preventDefault();
    if (["j", "k"].includes(event.key)) list.box.focus({ preventScroll: true });
    deed();
  });
}

function isTyping(target) {
  return target.matches("input, textarea, select");
}

/** From the filter, Enter and the arrow down lead to what was found. */
function leaveFilter(event, list) {
  if (event.target.id !== "path" || !["Enter", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  list.box.focus();
  list.move(1);
}

function enter(event, list, open) {
  if (event.target !== list.box && event.target !== document.body) return;
  if (list.activeId === null) return;
  event.preventDefault();
  open(list.activeId);
}
