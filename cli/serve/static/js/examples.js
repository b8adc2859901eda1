// What one can begin with: queries of the store's own words, and what can be dropped.

import { get } from "./api.js";
import { h } from "./dom.js";
import { store } from "./store.js";
import { plain } from "./text.js";

export class Examples {
  constructor() {
    this.element = h("nav", { class: "examples", "aria-label": "Queries to begin with", hidden: true });
    this.queries = null;
  }

  /** Shown where nothing is asked yet, in the same height before they are here, so that nothing jumps. */
  want(wanted) {
    this.element.hidden = !wanted || (this.queries !== null && !this.element.firstChild);
  }

  async load(signal) {
    if (this.element.hidden) return;
    try {
      this.queries = (await get("/examples", { signal })).queries;
    } catch {
      this.queries = []; // Who is not offered any can ask all the same.
    }
    if (signal.aborted) return;
    this.element.replaceChildren(...this.row());
    this.want(true);
  }

  row() {
    const links = this.queries.map((words) => h("a", { class: "chip", href: `/?q=${encodeURIComponent(words)}` }, plain(words)));
    const drop = store.pictures ? "drop or paste a picture" : store.searchable && "drop a shape";
    if (!links.length) return drop ? [h("span", { class: "soft" }, drop.charAt(0).toUpperCase() + drop.slice(1), " to find what is like it")] : [];
    return [h("span", { class: "soft" }, "Try"), ...links, drop && h("span", { class: "soft" }, `or ${drop}`)].filter(Boolean);
  }
}
