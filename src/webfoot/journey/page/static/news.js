// For screen readers: what came, told now and then and never one by one.

import { fill } from "./dom.js";
import { counted } from "./format.js";

const EVERY = 10_000; // ms

export class News {
  constructor(box) {
    this.box = box;
    this.seen = new Set();
    this.came = 0;
    this.failed = [];
    this.timer = null;
  }

  row(row) {
    if (row.state !== "done" || row.earlier || this.seen.has(row.id)) return;
    this.seen.add(row.id);
    if (this.seen.size > 20_000) this.seen.clear();
    this.came += 1;
    if (row.failed) this.failed.push(row);
    this.timer ??= setTimeout(() => this.tell(), EVERY);
  }

  tell() {
    this.timer = null;
    const last = this.failed.at(-1);
    const failed = last
      ? `, ${this.failed.length} failed; the last: ${last.method ?? ""} ${last.target ?? ""} ${last.status ?? "no answer"}`
      : "";
    fill(this.box, `${counted(this.came, "more request")}${failed}`);
    this.came = 0;
    this.failed = [];
  }
}
