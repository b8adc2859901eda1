// What one can begin with: queries of the store's own words, and what can be dropped.

import { get } from "./api.js";
import { button, h } from "./dom.js";
import { choose, choosePicture } from "./drop.js";
import { store } from "./store.js";
import { plain } from "./text.js";

const soft = (words) => h("span", { class: "soft" }, words);

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
    const links = this.queries.map((words) => h("a", { class: "example", href: `/?q=${encodeURIComponent(words)}` }, plain(words)));
    if (!store.searchable) return links.length ? [soft("Try"), ...links] : [];
    const file = store.pictures ? ["drop, paste or", button("choose a picture", choosePicture, { class: "plain" })] : ["drop or", button("choose a shape", choose, { class: "plain" })];
    if (!links.length) return [soft(file[0].charAt(0).toUpperCase() + file[0].slice(1)), file[1], soft("to find what is like it")];
    return [soft("Try"), ...links, soft(`or ${file[0]}`), file[1]];
  }
}
