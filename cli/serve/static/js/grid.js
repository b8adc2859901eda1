// A grid of any length of which only the rows in view are in the document.

import { h } from "./dom.js";
import { Row } from "./row.js";
import * as selection from "./selection.js";
import { attempt } from "./toast.js";

const OVER = 2; // Rows above and below the view, so that a short scroll shows no gap.
const CAPTION = 48;
const REASONS = 34; // Two lines.
const LEAST = { phone: 108, desk: 148 };
const TALLEST = 12_000_000; // Pixels that browsers still lay out right.
const SETTLE = 60; // Milliseconds without a scroll after which a rush is over.
const AHEAD = 60; // Shapes below the view that are fetched with it.

export class Grid {
  /** With `reasons` there is room for why each shape is there. */
  constructor(shelf, signal, { reasons = false } = {}) {
    this.shelf = shelf;
    this.caption = CAPTION + (reasons ? REASONS : 0);
    this.rows = new Map(); // Those in view, by their number.
    this.spare = [];
    this.current = 0;
    this.anchor = null;
    this.seen = scrollY;
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
    this.top = this.element.getBoundingClientRect().top + scrollY;
    const narrow = width < 560;
    this.gap = narrow ? 8 : 14;
    const least = narrow ? LEAST.phone : LEAST.desk;
    this.columns = Math.max(2, Math.floor((width + this.gap) / (least + this.gap)));
    this.side = (width - this.gap * (this.columns - 1)) / this.columns;
    this.row = this.side + this.caption + this.gap;
    for (const [name, value] of Object.entries({ side: this.side, row: this.row, gap: this.gap })) this.element.style.setProperty(`--${name}`, `${value}px`);
    this.empty();
    this.draw();
    if (top) this.reveal(top, "start");
  }

  firstInView() {
    return Math.max(0, Math.floor((scrollY - this.top) / this.row)) * this.columns;
  }

  plan() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => { this.drawing = 0; this.draw(); });
  }

  /** Pixels from the top of the grid to the view; stretched where the grid would be taller than browsers can. */
  offset(tall) {
    const past = Math.max(0, scrollY - this.top);
    if (tall <= TALLEST) return { past, shift: 0 };
    const real = past * ((tall - innerHeight) / (TALLEST - innerHeight));
    return { past: real, shift: past - real };
  }

  /** Brings the rows to the view. In a rush through the grid they stay empty, and nothing is asked for. */
  draw() {
    if (!this.width) return;
    const total = this.shelf.total ?? 40;
    const many = Math.ceil(total / this.columns);
    const tall = many * this.row;
    if (tall !== this.tall) this.size(tall);
    const rush = Math.abs(scrollY - this.seen) > innerHeight * 0.7;
    this.seen = scrollY;
    const { past, shift } = this.offset(tall);
    const first = Math.max(0, Math.floor(past / this.row) - OVER);
    const last = Math.min(many, Math.ceil((past + innerHeight) / this.row) + OVER) - 1;
    const free = this.leave(first, last);
    for (let number = first; number <= last; number += 1) this.put(number, shift, rush, free);
    for (const row of free) this.rest(row);
    clearTimeout(this.settling);
    if (rush) this.settling = setTimeout(() => this.draw(), SETTLE);
    else this.shelf.want(first * this.columns, Math.min(total - 1, (last + 1) * this.columns + AHEAD));
  }

  size(tall) {
    this.tall = tall;
    this.element.style.height = `${Math.min(TALLEST, tall)}px`;
    this.element.setAttribute("aria-busy", String(this.shelf.total === null));
  }

  /** Rows that went out of view, for others to take. */
  leave(first, last) {
    const free = [];
    for (const [number, row] of this.rows) {
      if (number >= first && number <= last) continue;
      this.rows.delete(number);
      if (row.element.contains(document.activeElement)) this.element.closest("main")?.focus({ preventScroll: true });
      free.push(row);
    }
    return free;
  }

  rest(row) {
    row.element.hidden = true;
    row.fill(null, this.shelf, true);
    this.spare.push(row);
  }

  /** Rows of another width are of no use. */
  empty() {
    this.rows.clear();
    this.spare = [];
    this.element.replaceChildren();
  }

  put(number, shift, rush, free) {
    let row = this.rows.get(number);
    const moved = !row;
    if (!row) {
      row = free.pop() ?? this.spare.pop() ?? this.make();
      row.element.hidden = false;
      this.rows.set(number, row);
    }
    row.move(number * this.row + shift);
    if (moved || !rush) row.fill(number, this.shelf, rush && moved);
    if (moved) for (const tile of row.tiles) this.rove(tile);
  }

  make() {
    const row = new Row(this.columns, (tile, event) => this.pick(tile.place, event.shiftKey));
    this.element.append(row.element);
    return row;
  }

  /** The tile of a place, if it is in view. */
  tile(place) {
    return this.rows.get(Math.floor(place / this.columns))?.tiles[place % this.columns];
  }

  tiles() {
    return [...this.rows.values()].flatMap((row) => row.tiles);
  }

  /** Only the current tile is in the order of the Tab key. */
  rove(tile) {
    const order = tile.place === this.current ? 0 : -1;
    if (tile.order === order) return;
    tile.order = order;
    for (const part of [tile.link, tile.box, tile.more]) part.tabIndex = order;
  }

  follow(event) {
    const tile = this.tiles().find((one) => one.element.contains(event.target));
    if (!tile || tile.place === this.current) return;
    const before = this.tile(this.current);
    this.current = tile.place;
    if (before) this.rove(before);
    this.rove(tile);
  }

  mark() {
    for (const tile of this.tiles()) tile.mark();
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
      this.tile(this.current)?.more.click();
    }
  }

  focus(place) {
    this.current = place;
    this.reveal(place);
    this.draw();
    for (const tile of this.tiles()) this.rove(tile);
    this.tile(place)?.link.focus({ preventScroll: true });
  }

  /** Scrolls as little as brings a place into view. */
  reveal(place, how = "nearest") {
    const rows = Math.ceil((this.shelf.total ?? 1) / this.columns);
    const tall = rows * this.row;
    const scale = tall > TALLEST ? (TALLEST - innerHeight) / (tall - innerHeight) : 1;
    const y = Math.floor(place / this.columns) * this.row * scale + this.top;
    const head = document.getElementById("top").offsetHeight + 12;
    if (how === "start" || y < scrollY + head) scrollTo(0, y - head);
    else if (y + this.row > scrollY + innerHeight - 70) scrollTo(0, y + this.row - innerHeight + 70);
  }
}
