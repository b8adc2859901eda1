// A grid of any length of which only the rows in view are in the document.

import { h } from "./dom.js";
import * as selection from "./selection.js";
import { Tile } from "./tile.js";
import { attempt } from "./toast.js";

const OVER = 2; // Rows above and below the view, so that a short scroll shows no gap.
const CAPTION = 48;
const LEAST = { phone: 108, desk: 148 };
const TALLEST = 12_000_000; // Pixels that browsers still lay out right.
const SETTLE = 60; // Milliseconds without a scroll before pages are asked for.

export class Grid {
  constructor(shelf, signal) {
    this.shelf = shelf;
    this.shown = new Map();
    this.spare = [];
    this.current = 0;
    this.anchor = null;
    this.element = h("div", { class: "grid", role: "list", "aria-label": "Shapes", "aria-busy": "true" });
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("focusin", (event) => this.follow(event));
    shelf.addEventListener("filled", () => this.draw());
    selection.selection.addEventListener("change", () => this.mark(), { signal });
    addEventListener("scroll", () => this.plan(), { signal, passive: true });
    this.sizes = new ResizeObserver(() => this.measure());
    this.sizes.observe(this.element);
    signal.addEventListener("abort", () => this.sizes.disconnect(), { once: true });
  }

  /** Takes up the width that there is: columns, and the height of a row. */
  measure() {
    const width = this.element.clientWidth;
    if (!width || width === this.width) return;
    const top = this.width ? this.firstInView() : null;
    this.width = width;
    const narrow = width < 560;
    this.gap = narrow ? 8 : 14;
    const least = narrow ? LEAST.phone : LEAST.desk;
    this.columns = Math.max(2, Math.floor((width + this.gap) / (least + this.gap)));
    this.side = (width - this.gap * (this.columns - 1)) / this.columns;
    this.row = this.side + CAPTION + this.gap;
    this.element.style.setProperty("--side", `${this.side}px`);
    this.draw();
    if (top) this.reveal(top, "start");
  }

  firstInView() {
    return Math.max(0, Math.floor((scrollY - this.top()) / this.row)) * this.columns;
  }

  top() {
    return this.element.getBoundingClientRect().top + scrollY;
  }

  plan() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => { this.drawing = 0; this.draw(); });
  }

  /** Rows from the top of the grid at which the first row of the view is; stretched where the grid would be too tall. */
  offset(rows) {
    const tall = rows * this.row;
    const past = Math.max(0, scrollY - this.top());
    if (tall <= TALLEST) return { past, shift: 0 };
    const real = past * ((tall - innerHeight) / (TALLEST - innerHeight));
    return { past: real, shift: past - real };
  }

  draw() {
    if (!this.width) return;
    const total = this.shelf.total ?? 40;
    const rows = Math.ceil(total / this.columns);
    this.element.style.height = `${Math.min(TALLEST, rows * this.row)}px`;
    this.element.setAttribute("aria-busy", this.shelf.total === null);
    const { past, shift } = this.offset(rows);
    const first = Math.max(0, Math.floor(past / this.row) - OVER) * this.columns;
    const last = Math.min(total, (Math.ceil((past + innerHeight) / this.row) + OVER) * this.columns) - 1;
    for (const [place, tile] of this.shown) if (place < first || place > last) this.drop(place, tile);
    for (let place = first; place <= last; place += 1) this.put(place, shift);
    clearTimeout(this.settling);
    const ask = () => this.shelf.want(first, last);
    if (this.shelf.total === null) ask();
    else this.settling = setTimeout(ask, SETTLE);
  }

  drop(place, tile) {
    this.shown.delete(place);
    if (tile.element.contains(document.activeElement)) this.element.closest("main")?.focus({ preventScroll: true });
    tile.rest();
    tile.element.hidden = true;
    this.spare.push(tile);
  }

  put(place, shift) {
    let tile = this.shown.get(place);
    if (!tile) {
      tile = this.spare.pop() ?? this.make();
      tile.place = place;
      tile.element.hidden = false;
      tile.element.setAttribute("aria-posinset", place + 1);
      this.shown.set(place, tile);
      this.rove(tile);
    }
    const x = (place % this.columns) * (this.side + this.gap);
    const y = Math.floor(place / this.columns) * this.row + shift;
    if (tile.x !== x || tile.y !== y) tile.element.style.transform = `translate(${x}px, ${y}px)`;
    tile.x = x;
    tile.y = y;
    tile.element.setAttribute("aria-setsize", this.shelf.total ?? -1);
    tile.show(this.shelf.at(place));
  }

  make() {
    const tile = new Tile({ select: (_, event) => this.pick(tile.place, event.shiftKey) });
    tile.element.setAttribute("role", "listitem");
    this.element.append(tile.element);
    return tile;
  }

  /** Only the current tile is in the order of the Tab key. */
  rove(tile) {
    for (const part of [tile.link, tile.box, tile.more]) part.tabIndex = tile.place === this.current ? 0 : -1;
  }

  follow(event) {
    const tile = [...this.shown.values()].find((one) => one.element.contains(event.target));
    if (!tile || tile.place === this.current) return;
    const before = this.shown.get(this.current);
    this.current = tile.place;
    if (before) this.rove(before);
    this.rove(tile);
  }

  mark() {
    for (const tile of this.shown.values()) tile.mark();
  }

  /** Selects one, or with Shift all from the last one that was. */
  async pick(place, ranged) {
    const shape = this.shelf.at(place);
    if (!shape) return;
    const on = !selection.has(shape.id);
    if (!ranged || this.anchor === null) selection.set([shape], on);
    else {
      const [first, last] = [this.anchor, place].sort((a, b) => a - b);
      selection.set((await attempt(() => this.shelf.range(first, last))) ?? [], on);
    }
    this.anchor = place;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = this.columns * Math.max(1, Math.floor(innerHeight / this.row) - 1);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      event.preventDefault();
      const to = Math.min((this.shelf.total ?? 1) - 1, Math.max(0, this.current + steps[event.key]));
      if (event.shiftKey) this.anchor ??= this.current;
      this.focus(to);
    } else if ((event.key === " " && event.target.matches("a")) || event.key === "x") {
      event.preventDefault();
      this.pick(this.current, event.shiftKey);
    } else if (event.key === "m") {
      this.shown.get(this.current)?.more.click();
    }
  }

  focus(place) {
    this.current = place;
    this.reveal(place);
    this.draw();
    for (const tile of this.shown.values()) this.rove(tile);
    this.shown.get(place)?.link.focus({ preventScroll: true });
  }

  /** Scrolls as little as brings a place into view. */
  reveal(place, how = "nearest") {
    const rows = Math.ceil((this.shelf.total ?? 1) / this.columns);
    const tall = rows * this.row;
    const scale = tall > TALLEST ? (TALLEST - innerHeight) / (tall - innerHeight) : 1;
    const y = Math.floor(place / this.columns) * this.row * scale + this.top();
    const head = document.getElementById("top").offsetHeight + 12;
    if (how === "start" || y < scrollY + head) scrollTo(0, y - head);
    else if (y + this.row > scrollY + innerHeight - 70) scrollTo(0, y + this.row - innerHeight + 70);
  }
}
