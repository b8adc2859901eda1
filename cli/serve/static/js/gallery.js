// The gallery: all shapes, those that a search leaves, or what is like a shape or a file.

import { server } from "./api.js";
import { button, choice, h, icon, notice, say } from "./dom.js";
import * as drop from "./drop.js";
import { condition, FACETS, Facets, valueWords } from "./facets.js";
import { Grid } from "./grid.js";
import { likeFile, likeShape } from "./results.js";
import { go, note, title } from "./router.js";
import { Shelf } from "./shelf.js";
import { changes, store } from "./store.js";
import { count, plain } from "./text.js";
import { toast } from "./toast.js";

const ORDERS = [["key", "oldest first"], ["-created", "newest first"], ["name", "name"], ["label", "label"], ["error", "smallest error"], ["-error", "largest error"]];

let listening = null;

/** Called by the search box: true when the gallery in view took the words. */
export const typed = (words) => listening?.(words) ?? false;

export async function gallery(host, { words, signal }) {
  host.className = "gallery";
  if (words.get("like")) return likeShape(host, words.get("like"), words, signal);
  if (words.has("file") && drop.lastAnswer()) return likeFile(host, drop.lastAnswer(), signal, store.read_only ? null : drop.keep);
  title("");
  return new Gallery(host, words, signal).ask(history.state?.y ?? 0);
}

class Gallery {
  constructor(host, words, signal) {
    this.signal = signal;
    this.words = words;
    this.facets = new Facets((facet, value) => this.choose(facet, value));
    this.total = h("h1", { class: "total" }, "\u00a0");
    this.chips = h("div", { class: "chips" });
    this.panel = h("aside", { class: "side", id: "filters", "aria-label": "Filters" }, this.facets.element);
    this.opener = button(h("span", { class: "row" }, icon("filter"), "Filters"), () => this.fold(), { class: "opener", "aria-expanded": "false", "aria-controls": "filters" });
    const order = choice("Order", ORDERS, words.get("order") ?? "key", (value) => this.change("order", value === "key" ? null : value));
    const bar = h("div", { class: "tools" }, this.total, this.chips, this.opener, order);
    this.body = h("div", { class: "body" });
    host.replaceChildren(this.panel, h("div", { class: "shapes" }, bar, this.body));
    listening = (text) => { this.change("q", text || null); return true; };
    signal.addEventListener("abort", () => { listening = null; this.stop?.abort(); }, { once: true });
    const outside = (event) => this.panel.classList.contains("open") && !this.panel.contains(event.target) && !this.opener.contains(event.target);
    document.addEventListener("pointerdown", (event) => outside(event) && this.fold(), { signal });
    changes.addEventListener("changed", ({ detail }) => this.amend(detail), { signal });
  }

  fold() {
    const open = this.panel.classList.toggle("open");
    this.opener.setAttribute("aria-expanded", String(open));
  }

  choose(facet, value) {
    if (this.panel.classList.contains("open")) this.fold();
    this.change(facet, value);
  }

  change(name, value) {
    if (value === null) this.words.delete(name);
    else this.words.set(name, value);
    const text = this.words.toString();
    note(text ? `/?${text}` : "/");
    this.ask(0, true);
  }

  chosen() {
    return Object.fromEntries(FACETS.filter((facet) => this.words.has(facet)).map((facet) => [facet, this.words.get(facet)]));
  }

  question() {
    const where = Object.entries(this.chosen()).map(([facet, value]) => condition(facet, value));
    return { q: this.words.get("q"), where: [...where, ...this.words.getAll("where")] };
  }

  /** Asks anew; keeps what is shown until the first answer is here, so that nothing jumps. */
  ask(y, top = false) {
    this.stop?.abort();
    this.stop = new AbortController();
    const shelf = new Shelf({ ...this.question(), order: this.words.get("order") ?? "key" }, this.stop.signal);
    const grid = new Grid(shelf, this.stop.signal);
    const put = () => {
      this.shelf = shelf;
      this.body.replaceChildren(grid.element);
      grid.measure();
    };
    if (!this.body.firstChild) put();
    else shelf.want(0, 99);
    shelf.addEventListener("failed", ({ detail }) => this.failed(shelf, detail));
    server.addEventListener("found", () => (shelf.total === null ? this.ask(y, top) : grid.plan()), { signal: this.stop.signal });
    shelf.addEventListener("filled", () => {
      if (this.shelf !== shelf || !grid.element.isConnected) put();
      this.said(shelf.total);
      if (top) scrollTo(0, 0);
      else if (y) scrollTo(0, y);
    }, { once: true });
    this.marks();
    this.facets.load(this.question(), this.chosen(), this.stop.signal);
  }

  said(total) {
    const told = count(total, "shape");
    this.total.textContent = told;
    say(told);
    if (total) return;
    const sought = this.words.get("q") || Object.keys(this.chosen()).length;
    this.body.replaceChildren(sought
      ? notice("No shape is like that", "Every word has to be in a name, a label, a tag or a path. Use fewer words, or take a filter away.", button("Show all shapes", () => go("/"), { class: "main" }))
      : notice("The store is empty", `Fill it with inrstore ingest FOLDER --store ${plain(store.name)}, then load this page again.`));
  }

  /** Of a later page a message is enough: those that are here stay. */
  failed(shelf, error) {
    if (shelf.total !== null) {
      if (error.status) toast(error.message, { bad: true });
      return;
    }
    this.total.textContent = "No shapes";
    this.body.replaceChildren(notice("The shapes could not be fetched", error.message, button("Try again", () => this.ask(0), { class: "main" })));
  }

  marks() {
    const chosen = this.chosen();
    this.chips.replaceChildren(...Object.entries(chosen).map(([facet, value]) => {
      const words = valueWords(facet, value);
      return button(h("span", { class: "row" }, words, icon("close")), () => this.choose(facet, null), { class: "chip", "aria-label": `No more only ${words}` });
    }));
  }

  amend({ ids, change }) {
    if (change) this.shelf?.amend(ids, change);
    this.facets.load(this.question(), this.chosen(), this.stop.signal);
  }
}
