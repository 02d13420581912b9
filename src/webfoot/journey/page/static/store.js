// What the page knows: the summaries, newest first, and never more than MOST of them.

import { everything, matches } from "./filter.js";

export const MOST = 10_000;
const TELLS_WITHIN = 1500; // ms

/** The row of a journey whose worker has ended. */
function lost(row) {
  if (row.state !== "running") return { ...row, lost: true };
  const sentence = `Worker ${row.worker} ended while this was under way.`;
  const took = { state: "done", took_us: Math.max(0, Date.now() * 1000 - row.started_at * 1e6) };
  return { ...row, ...took, lost: true, died: true, failed: true, why: { sentence, layer: "server" } };
}

export class Store {
  constructor() {
    this.rows = new Map(); // id -> summary, as they came, which may differ from how they began
    this.filter = everything();
    this.isPaused = false;
    this.held = new Map(); // what came while paused
    this.workers = []; // pids, also of those that do not answer now
    this.silent = []; // those
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
    const all = [...this.rows.values(), ...this.held.values()];
    this._stale = new Set(all.filter((row) => !row.lost).map((row) => row.id));
    const isKnown = (id) => !this.silent.includes((this.rows.get(id) ?? this.held.get(id))?.worker);
    setTimeout(() => this.drop([...this._stale].filter(isKnown)), TELLS_WITHIN);
  }

  /** Forget all, or those of one worker. */
  clear(worker) {
    for (const rows of [this.rows, this.held])
      for (const row of [...rows.values()])
        if (worker === undefined || row.lost || row.worker === worker) rows.delete(row.id);
    this._changed();
  }

  /** These workers there are. What others kept has gone with them; that it was there is still worth seeing. */
  crew(seen, silent) {
    const workers = [...seen, ...silent].sort((a, b) => a - b);
    const areSeveral = workers.length > 1 || this.workers.length > 1;
    this.workers = workers;
    this.silent = silent;
    for (const rows of areSeveral ? [this.rows, this.held] : [])
      for (const row of rows.values())
        if (!row.lost && !workers.includes(row.worker)) rows.set(row.id, lost(row));
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
