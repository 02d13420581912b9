// The live list: a listbox of which only what is seen is in the page, however long it is.

import { fill, h } from "./dom.js";
import { duration } from "./format.js";
import { tookUs } from "./filter.js";
import { linesOf, rowElement } from "./row.js";
import { inView, laidOut } from "./window.js";

const STILL = 8; // pixels by which a pointer may move and has not dragged anything

export class List {
  /** @param {HTMLElement} box the element that scrolls @param {(id: string) => void} open */
  constructor(box, store, open) {
    this.box = box;
    this.store = store;
    this.rows = [];
    this.tops = new Float64Array(1);
    this.activeId = null; // where the keyboard is
    this.openId = null;
    this._isSought = false; // an open row that was not in the list yet, or is far away
    this.drawn = new Map(); // id -> {row, element, key}
    this.space = h("div", { class: "space", role: "presentation" });
    box.append(this.space);
    box.addEventListener("scroll", () => this.draw());
    this._openWhatIsPressed(open);
    new ResizeObserver(() => this._resized()).observe(box);
    setInterval(() => this._tick(), matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 100);
  }

  /** A row may be drawn anew while the button is down on it, and then there is no click: what was pressed counts. */
  _openWhatIsPressed(open) {
    let pressed = null;
    this.box.addEventListener("pointerdown", (event) => {
      const id = event.target.closest(".row")?.dataset.id;
      pressed = id && event.button === 0 ? { id, x: event.clientX, y: event.clientY } : null;
    });
    this.box.addEventListener("pointerup", (event) => {
      const isDragged = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > STILL;
      if (pressed && !isDragged) open(pressed.id);
      pressed = null;
    });
    this.box.addEventListener("click", (event) => {
      const id = event.target.closest(".row")?.dataset.id;
      if (id && event.detail === 0) open(id); // by no pointer: a screen reader, say
    });
  }

  /** Lines are broken otherwise now; the open row stays in sight. */
  _resized() {
    this._isSought = this.openId !== null;
    this.update();
  }

  /** The rows have changed. What the reader looks at stays where it is, unless that is the newest. */
  update() {
    const anchor = this.box.scrollTop > 4 ? this._firstSeen() : null;
    this.rows = this.store.shown();
    this.box.hidden = this.rows.length === 0;
    this.tops = laidOut(this.rows, this._heightOf());
    this.space.style.height = `${this.tops[this.rows.length]}px`;
    if (anchor) {
      const index = this.rows.findIndex((row) => row.id === anchor.id);
      if (index >= 0) this.box.scrollTop = this.tops[index] + anchor.offset;
    }
    this._seek();
    this.draw();
  }

  _firstSeen() {
    const { first } = inView(this.tops, this.box.scrollTop, this.box.scrollTop, 0);
    const row = this.rows[first];
    return row ? { id: row.id, offset: this.box.scrollTop - this.tops[first] } : null;
  }

  /** Heights are reckoned from the size of the letters, which the reader may have chosen. */
  _heightOf() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const quiet = Math.round(2.1 * rem);
    const line = 1.225 * rem; // 0.875rem letters, 1.4 apart
    const letters = Math.max(20, (this.box.clientWidth - 7 * rem) / (0.44 * rem));
    return (row) => quiet + Math.ceil(linesOf(row, letters) * line);
  }

  draw() {
    const { tops } = this;
    const { first, end } = inView(tops, this.box.scrollTop, this.box.scrollTop + this.box.clientHeight);
    const drawn = new Map();
    const elements = [];
    for (let index = first; index < end; index++) {
      const row = this.rows[index];
      const place = {
        index,
        count: this.rows.length,
        isActive: row.id === this.activeId,
        isOpen: row.id === this.openId,
        worker: this.store.workers.length > 1 ? row.worker : null,
      };
      const key = JSON.stringify([row.cursor, row.state, row.lost, place]);
      const before = this.drawn.get(row.id);
      const element = before?.key === key ? before.element : rowElement(row, place);
      if (!this.drawn.size || before) element.classList.remove("new");
      else if (index === 0) element.classList.add("new");
      element.style.transform = `translateY(${tops[index]}px)`;
      element.style.height = `${tops[index + 1] - tops[index]}px`;
      drawn.set(row.id, { row, element, key });
      elements.push(element);
    }
    this.drawn = drawn;
    if (!sameChildren(this.space, elements)) fill(this.space, ...elements);
    this._tellActive();
  }

  _tellActive() {
    if (this.activeId !== null && this.drawn.has(this.activeId))
      this.box.setAttribute("aria-activedescendant", `row-${this.activeId}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  _tick() {
    for (const { row, element } of this.drawn.values()) {
      if (row.state === "running") fill(element.querySelector(".took"), duration(tookUs(row)));
    }
  }

  /** Let the keyboard go `by` rows on, or to the first or last one. */
  move(by) {
    if (!this.rows.length) return;
    const now = this.rows.findIndex((row) => row.id === this.activeId);
    const from = now < 0 ? (by > 0 ? -1 : this.rows.length) : now;
    this._goTo(Math.min(this.rows.length - 1, Math.max(0, from + by)));
  }

  _goTo(index) {
    this.activeId = this.rows[index].id;
    this._bringIntoView(index);
    this.draw();
  }

  /** The row of a journey that was opened by a link is shown as soon as it is here. */
  _seek() {
    const index = this._isSought ? this.rows.findIndex((row) => row.id === this.openId) : -1;
    if (index < 0) return;
    this._isSought = false;
    this._bringIntoView(index);
  }

  _bringIntoView(index) {
    const [top, bottom] = [this.tops[index], this.tops[index + 1]];
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (bottom > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = bottom - this.box.clientHeight;
  }

  /** Mark the row whose journey is open; null for none. */
  select(id) {
    this.openId = id;
    if (id !== null) this.activeId = id;
    this._isSought = id !== null;
    this._seek();
    this.draw();
  }
}

function sameChildren(parent, elements) {
  const children = parent.children;
  return children.length === elements.length && elements.every((element, index) => children[index] === element);
}
