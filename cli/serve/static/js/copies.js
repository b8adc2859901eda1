// On the page of a shape: which others may be the same one.

import { get, stopped } from "./api.js";
import { button, h } from "./dom.js";
import { decide, LEVELS, pair } from "./pair.js";
import { store } from "./store.js";
import { plain, short } from "./text.js";
import { run } from "./work.js";

const WIDEST = "variant"; // What is looked for where nobody has looked yet.

export class Copies {
  constructor(shape, signal) {
    this.shape = shape;
    this.signal = signal;
    this.body = h("div", {}, h("p", { class: "soft" }, "Looking…"));
    this.element = h("section", { class: "near copies", "aria-label": "Duplicates" }, h("h2", {}, "Duplicates"), this.body);
  }

  async load() {
    try {
      this.found = await get(`/shapes/${this.shape.id}/duplicates`, { signal: this.signal });
      this.draw();
    } catch (error) {
      if (!stopped(error)) this.body.replaceChildren(h("p", { class: "row wrap" }, h("span", { class: "soft" }, error.message), button("Try again", () => this.load())));
    }
  }

  async find(pressed) {
    pressed.disabled = true;
    await run("Looking for duplicates", "/duplicates", { level: WIDEST });
    if (!this.signal.aborted) this.load();
  }

  draw() {
    const { level, shapes } = this.found;
    const others = shapes.filter((one) => one.id !== this.shape.id);
    if (others.length) {
      this.body.replaceChildren(h("div", { class: "others" }, others.map((other) => this.pair(other, shapes))));
      return;
    }
    const words = level === null
      ? `Nobody has looked yet${store.read_only ? "; run inrstore duplicates on the store." : "."}`
      : `None was found: nothing else is ${LEVELS.find(([one]) => one === level)?.[1] ?? plain(level)}.`;
    const find = level === null && !store.read_only ? button("Look for duplicates", () => this.find(find)) : null;
    this.body.replaceChildren(h("p", { class: "row wrap" }, h("span", { class: "soft" }, words), find ?? ""));
  }

  /** Most were compared with the shape itself; others with the first of their group, and are decided beside that. */
  pair(other, shapes) {
    const own = !other.compared_with || other.compared_with === this.shape.id;
    const known = shapes.find((one) => one.id === other.compared_with);
    const first = own ? this.shape : known ?? { id: other.compared_with, name: short(other.compared_with) };
    const before = own ? "" : `beside ${plain(first.name)}`;
    return pair(first, other, (decision) => decide([[first, other]], decision, () => this.body.isConnected && this.draw()), before);
  }
}
