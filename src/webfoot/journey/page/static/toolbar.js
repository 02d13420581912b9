// The filters and buttons above the list.

import { clear } from "./feed.js";
import { CLASSES } from "./filter.js";
import { fill, h } from "./dom.js";
import { counted } from "./format.js";

const byId = (id) => document.getElementById(id);

export class Toolbar {
  constructor(store) {
    this.store = store;
    this.path = byId("path");
    this.path.addEventListener("input", () => store.narrow({ path: this.path.value.trim() }));
    fill(
      byId("classes"),
      CLASSES.map((name) => this._classButton(name)),
    );
    byId("failed").addEventListener("click", () => this.toggle("failed"));
    byId("slow").addEventListener("click", () => this.toggle("slow"));
    byId("slow-ms").addEventListener("input", (event) =>
      store.narrow({ slow: true, slowMs: Number(event.target.value) || 0 }),
    );
    byId("pause").addEventListener("click", () => this.pause());
    byId("clear").addEventListener("click", () => clear());
    store.onChange(() => this.show());
  }

  _classButton(name) {
    const title = name === "none" ? "no answer at all" : `status ${name}`;
    const toggle = () => {
      const classes = new Set(this.store.filter.classes);
      if (!classes.delete(name)) classes.add(name);
      this.store.narrow({ classes });
    };
    return h(
      "button",
      { type: "button", "aria-pressed": "false", "data-status": name, title, on: { click: toggle } },
      name,
    );
  }

  toggle(name) {
    this.store.narrow({ [name]: !this.store.filter[name] });
  }

  pause() {
    this.store.pause(!this.store.isPaused);
  }

  /** Empty the filter; false if it was empty. */
  reset() {
    const { path, classes, failed, slow } = this.store.filter;
    this.path.value = "";
    this.store.narrow({ path: "", classes: new Set(), failed: false, slow: false });
    return Boolean(path || classes.size || failed || slow);
  }

  show() {
    const { filter, isPaused, held, rows } = this.store;
    byId("failed").setAttribute("aria-pressed", filter.failed);
    byId("slow").setAttribute("aria-pressed", filter.slow);
    for (const button of byId("classes").children)
      button.setAttribute("aria-pressed", filter.classes.has(button.dataset.status));
    byId("pause").setAttribute("aria-pressed", isPaused);
    fill(byId("pause"), isPaused ? (held.size ? `go on (${held.size} new)` : "go on") : "pause");
    fill(byId("count"), counted(rows.size, "request"));
  }
}
