// What the page knows: the summaries, newest first, and never more than MOST of them.

import { everything, matches } from "./filter.js";

export const MOST = 10_000;
const TELLS_WITHIN = 1000; // ms

export class Store {
  constructor() {
    this.rows = new Map(); // id -> summary, as they came, which may differ from how they began
    this.filter = everything();
    this.isPaused = false;
    this.held = new Map(); // what came while paused
    this._stale = new Set(); // what the server has not spoken of again since it began anew
    this._listeners = [];
    this._isTold = false;
  }

  /** `listener` is called once a frame at most, whatever came in between. */
  onChange(listener) {
    this._listeners.push(listener);
  }

  put(row) {
    this._stale.delete(row.id);
    if (this.isPaused && !this.rows.has(row.id)) this.held.set(row.id, row);
    else this._keep(row);
    this._changed();
  }

  _keep(row) {
    this.rows.set(row.id, row);
    if (this.rows.size > MOST) this.rows.delete(this.rows.keys().next().value);
  }

  drop(ids) {
    for (const id of ids) {
      this.rows.delete(id);
      this.held.delete(id);
    }
    this._changed();
  }

  /** The server begins anew and tells all that it keeps: what it does not tell of is gone, but not before it has told. */
  renew() {
    this._stale = new Set([...this.rows.keys(), ...this.held.keys()]);
    setTimeout(() => this.drop(this._stale), TELLS_WITHIN);
  }

  clear() {
    this.rows.clear();
    this.held.clear();
    this._changed();
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    if (!isPaused) {
      for (const row of this.held.values()) this._keep(row);
      this.held.clear();
    }
    this._changed();
  }

  narrow(change) {
    this.filter = { ...this.filter, ...change };
    this._changed();
  }

  /** The rows to show, newest first. */
  shown() {
    const now = Date.now() / 1000;
    const shown = [];
    for (const row of this.rows.values()) if (matches(row, this.filter, now)) shown.push(row);
    return shown.sort((a, b) => b.started_at - a.started_at || b.number - a.number);
  }

  _changed() {
    if (this._isTold) return;
    this._isTold = true;
    const tell = () => {
      this._isTold = false;
      for (const listener of this._listeners) listener();
    };
    // A page in the background gets no frames, and must not fall behind for that.
    if (document.hidden) setTimeout(tell, 250);
    else requestAnimationFrame(tell);
  }
}
