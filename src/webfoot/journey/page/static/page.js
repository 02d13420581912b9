// The page put together: the feed fills the store, the list shows it, and the address names the open journey.

import { fill, h } from "./dom.js";
import { journey as fetchJourney, listen } from "./feed.js";
import { isNarrow } from "./filter.js";
import { draw, problem } from "./journey.js";
import { listenToKeys } from "./keys.js";
import { List } from "./list.js";
import { News } from "./news.js";
import { EDITOR_NAMES, chooseDark, chooseEditor, editor, isDark } from "./settings.js";
import { Store } from "./store.js";
import { Toolbar } from "./toolbar.js";

const byId = (id) => document.getElementById(id);
const STATES = {
  live: "live",
  restarting: "the server restarts …",
  lost: "no connection; trying again …",
  refused: "refused",
};

const store = new Store();
const list = new List(byId("list"), store, open);
const toolbar = new Toolbar(store);
const news = new News(byId("news"));
const box = byId("journey");
let server = {};
let opened = { id: null, timer: null, asked: 0 };

store.onChange(() => {
  list.update();
  showEmpty();
});
toolbar.show();

listen(store, {
  state: (state, why) => {
    byId("state").dataset.state = state;
    fill(byId("state"), why ?? STATES[state]);
    showEmpty();
  },
  server: (said) => {
    server = said;
    store.crew(said.seen, said.silent);
    fill(byId("app"), said.app ?? "");
    fill(byId("workers"), said.workers > 1 ? `${said.workers} workers` : "");
    byId("workers").title = `${store.workers.join(", ")}; worker ${said.worker} tells this page`;
    fill(byId("notice"), said.says ?? "");
    byId("notice").hidden = !said.says;
    if (said.slow_us && byId("slow-ms").value === "500") {
      byId("slow-ms").value = Math.round(said.slow_us / 1000);
      store.filter.slowMs = said.slow_us / 1000;
    }
    document.title = `${said.app ?? "Journeys"} · webfoot`;
  },
  row: (row) => {
    news.row(row);
    if (row.id === opened.id) refresh();
  },
});

/** The address says what is open, so that the back button and a link work. */
function open(id) {
  if (id !== null) location.hash = encodeURIComponent(id);
}

function close() {
  if (opened.id !== null) {
    history.pushState(null, "", location.pathname + location.search);
    follow();
    byId("list").focus({ preventScroll: true });
    return true;
  }
  return toolbar.reset();
}

function follow() {
  const id = named(location.hash);
  clearTimeout(opened.timer);
  opened = { id, timer: null, asked: opened.asked };
  document.body.classList.toggle("opened", id !== null);
  box.hidden = id === null;
  list.select(id);
  if (id === null) fill(box);
  else show(id, true);
}

function named(hash) {
  try {
    return decodeURIComponent(hash.slice(1)) || null;
  } catch {
    return hash.slice(1); // no text at all; there is no such journey, and that will be said
  }
}

async function show(id, isNew) {
  const asked = ++opened.asked;
  let found;
  try {
    found = await fetchJourney(id);
  } catch (error) {
    if (asked === opened.asked && isNew) problem(box, error.message, close);
    return;
  }
  if (asked !== opened.asked || id !== opened.id) return; // somebody has opened another one meanwhile
  draw(box, found, { server, close, isNew });
  if (isNew && matchMedia("(max-width: 60rem)").matches) box.focus({ preventScroll: true });
}

/** A journey that is looked at while it goes on is fetched again, three times a second at most. */
function refresh() {
  const { id } = opened;
  opened.timer ??= setTimeout(() => {
    opened.timer = null;
    if (id === opened.id) show(id, false);
  }, 300);
}

function showEmpty() {
  const empty = byId("empty");
  empty.hidden = list.rows.length > 0;
  if (empty.hidden) return;
  const state = byId("state").dataset.state;
  if (state === "refused") fill(empty, h("p", null, byId("state").textContent));
  else if (store.rows.size && isNarrow(store.filter))
    fill(
      empty,
      h("p", null, "No request fits the filter."),
      h("button", { type: "button", on: { click: () => toolbar.reset() } }, "show all"),
    );
  else
    fill(
      empty,
      h("img", { src: "duck.svg", alt: "", class: "duck large" }),
      h("p", { class: "lead" }, "No request yet."),
      h("p", null, "Send one to your application: it appears here at once, with the reason if it fails."),
      h("pre", null, `curl -i ${location.origin}/`),
    );
}

function theme() {
  chooseDark(!isDark());
  showTheme();
}

function showTheme() {
  fill(byId("theme"), isDark() ? "light" : "dark");
}

function help() {
  byId("helping").showModal();
}

fill(
  byId("editor"),
  Object.entries(EDITOR_NAMES).map(([name, label]) => h("option", { value: name, selected: name === editor() }, label)),
);
byId("editor").addEventListener("change", (event) => {
  chooseEditor(event.target.value);
  if (opened.id !== null) show(opened.id, false);
});
byId("theme").addEventListener("click", theme);
byId("help").addEventListener("click", help);
byId("help-close").addEventListener("click", () => byId("helping").close());
listenToKeys({ list, toolbar, open, close, theme, help });
addEventListener("hashchange", follow);
addEventListener("popstate", follow);
setInterval(() => store.filter.slow && list.update(), 1000); // a request under way becomes slow without a word from the server
showTheme();
follow();
