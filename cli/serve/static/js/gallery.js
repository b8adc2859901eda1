// The gallery: all shapes, those that a search leaves, or what is like a shape or a file.

import { get, query, server, stopped } from "./api.js";
import * as box from "./box.js";
import { button, choice, h, icon, notice, say } from "./dom.js";
import { exportMany } from "./download.js";
import * as drop from "./drop.js";
import { Examples } from "./examples.js";
import { Facets } from "./facets.js";
import { chosen, clear, conditions, toggle, valueWords } from "./filters.js";
import { Grid } from "./grid.js";
import { hitList, labelWords } from "./hits.js";
import { limitChips, without } from "./limits.js";
import { menu } from "./menu.js";
import { go, note, title } from "./router.js";
import * as selection from "./selection.js";
import { Shelf } from "./shelf.js";
import { all, MOST, pick, show } from "./shown.js";
import { changes, store } from "./store.js";
import { count, number, plain } from "./text.js";
import { toast } from "./toast.js";

const BEST = ["best", "best match"];
const ORDERS = [["key", "oldest first"], ["-created", "newest first"], ["name", "name"], ["label", "label"], ["error", "smallest error"], ["-error", "largest error"]];

const MEANT = 24;
const PATIENCE = 600; // Milliseconds that the filters wait for the pictures.

export async function gallery(host, { words, signal }) {
  host.className = "gallery";
  // What is drawn in 3-D is fetched where it is wanted: the grid is there without it.
  if (words.has("picture")) return (await import("./looks.js")).likePicture(host, words.get("picture"), signal);
  const { likeFile, likeShape } = words.has("like") || words.has("file") ? await import("./results.js") : {};
  if (signal.aborted) return undefined;
  if (words.get("like")) return likeShape(host, words.get("like"), words, signal);
  if (words.has("file") && drop.lastAnswer()) return likeFile(host, drop.lastAnswer(), signal, store.read_only ? null : drop.keep);
  title("");
  return new Gallery(host, words, signal).ask(history.state?.y ?? 0);
}

/** Resolves when the first pictures are here: what counts all shapes would keep the server from them. */
function pictured(body) {
  const pictures = [...body.querySelectorAll("img")].map((image) => image.decode().catch(() => {}));
  return Promise.race([Promise.all(pictures), new Promise((resolve) => { setTimeout(resolve, PATIENCE); })]);
}

class Gallery {
  constructor(host, words, signal) {
    this.signal = signal;
    this.words = words;
    this.facets = new Facets((fact, key) => this.choose(fact, key));
    this.total = h("h1", { class: "total" }, "\u00a0");
    this.chips = h("div", { class: "chips", role: "group", "aria-label": "What is shown" });
    this.enough = button("Show them", () => this.fold(), { class: "main enough" });
    this.panel = h("aside", { class: "side", id: "filters", "aria-label": "Filters" }, this.facets.element, this.enough);
    this.opener = button(h("span", { class: "row" }, icon("filter"), "Filters"), () => this.fold(), { class: "opener", "aria-expanded": "false", "aria-controls": "filters" });
    this.order = h("div", {});
    this.limits = h("div", { class: "chips", role: "group", "aria-label": "Limits that were understood" });
    this.examples = new Examples();
    this.understood = h("div", { class: "understood soft", "aria-live": "polite" });
    const bar = h("div", { class: "tools" }, this.total, this.opener, menu("All shown", () => this.acts(), { signal, class: "all" }), this.order);
    this.body = h("div", { class: "body" });
    this.meant = h("section", { class: "meant", hidden: true, "aria-label": "Meaning something like it" });
    host.replaceChildren(this.panel, h("div", { class: "shapes" }, bar, this.examples.element, this.chips, this.limits, this.understood, this.body, this.meant));
    box.listen((text) => this.seek(text), signal);
    signal.addEventListener("abort", () => { this.stop?.abort(); show(null); }, { once: true });
    const outside = (event) => this.panel.classList.contains("open") && !this.panel.contains(event.target) && !this.opener.contains(event.target);
    document.addEventListener("pointerdown", (event) => outside(event) && this.fold(), { signal });
    changes.addEventListener("changed", ({ detail }) => this.amend(detail), { signal });
  }

  /** Asks with other words; with the same there is nothing to do, as when Enter follows the last letter. */
  seek(text) {
    if (text === (this.words.get("q") ?? "")) return;
    this.change((now) => (text ? now.set("q", text) : now.delete("q")));
  }

  fold() {
    const open = this.panel.classList.toggle("open");
    this.opener.setAttribute("aria-expanded", String(open));
  }

  /** What can be done with all that is shown. */
  acts() {
    const list = all();
    if (!list?.total) return [["There is nothing to do: no shape is shown", () => {}]];
    const some = list.total > MOST ? `the first ${number(MOST)}` : `all ${number(list.total)}`;
    return [
      [`Select ${some}`, pick],
      [`Export ${some}…`, async () => (await pick()) && exportMany(selection.ids())],
      store.classifiers.length > 0 && [`Classify all ${number(list.total)}…`, async () => (await import("./classifying.js")).classifyAll(list)],
      !store.read_only && store.searchable && ["Train a classifier from these labels…", async () => (await import("./training.js")).train(list)],
    ].filter(Boolean);
  }

  choose(fact, key) {
    this.change((words) => toggle(words, fact, key));
  }

  change(how) {
    how(this.words);
    const text = this.words.toString();
    note(text ? `/?${text}` : "/");
    this.ask(0, true);
  }

  question() {
    return { q: this.words.get("q"), where: conditions(this.words) };
  }

  /** Where there are words, what they describe best comes first, unless another order is chosen. */
  sorted() {
    return this.words.get("order") ?? (this.words.get("q") ? "best" : "key");
  }

  ordering() {
    const usual = this.words.get("q") ? "best" : "key";
    const orders = this.words.get("q") ? [BEST, ...ORDERS] : ORDERS;
    if (this.order.dataset.of === `${usual} ${this.sorted()}`) return;
    this.order.dataset.of = `${usual} ${this.sorted()}`;
    this.order.replaceChildren(choice("Order", orders, this.sorted(), (value) => this.change((now) => (value === usual ? now.delete("order") : now.set("order", value)))));
  }

  /** Asks anew; keeps what is shown until the first answer is here, so that nothing jumps. */
  ask(y, top = false) {
    this.stop?.abort();
    this.stop = new AbortController();
    const shelf = new Shelf({ ...this.question(), order: this.sorted() }, this.stop.signal);
    const grid = new Grid(shelf, this.stop.signal, { reasons: this.words.has("q") });
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
      this.said(shelf);
      pictured(this.body).then(() => shelf === this.shelf && this.count());
      if (top) scrollTo(0, 0);
      else if (y) scrollTo(0, y);
    }, { once: true });
    this.marks();
    this.ordering();
    this.examples.want(!this.words.toString());
  }

  said(shelf) {
    const { total } = shelf;
    this.understood.replaceChildren(...(shelf.understood?.notes ?? []).map((line) => h("p", {}, plain(line))));
    this.limits.replaceChildren(...limitChips(shelf.understood, (words) => this.less(words)));
    const told = count(total, "shape");
    this.total.textContent = told;
    this.enough.textContent = `Show ${told}`;
    show({ total, question: this.question(), range: (first, last) => shelf.range(first, last) });
    say(told);
    this.means();
    if (total) return;
    const sought = this.words.get("q") || chosen(this.words).length;
    this.body.replaceChildren(sought
      ? notice(this.words.get("q") ? "Nothing is called so" : "No shape is like that", "Every word has to be in a name, a label, a tag or a path. Use fewer words, or take a filter away.", button("Show all shapes", () => go("/"), { class: "main" }))
      : notice("The store is empty", `Fill it with inrstore ingest FOLDER --store ${plain(store.name)}, then load this page again.`));
  }

  /** Asks without the words of a limit; of what is asked by now, for another may have gone a moment ago. */
  less(words) {
    const text = without(this.words.get("q") ?? "", words);
    box.put(text);
    box.focus();
    this.seek(text);
  }

  /** Below what is called so, what is called otherwise and means something like it, or looks like it. */
  async means() {
    const { signal } = this.stop;
    this.meant.hidden = true;
    this.body.classList.toggle("few", false);
    if (!this.shelf.understood?.words.length) return; // Limits alone mean nothing else.
    try {
      const found = await get(`/text${query({ ...this.question(), k: MEANT, by: ["meaning", "shape"] })}`, { signal });
      const hits = found.hits.filter((hit) => !this.shelf.holds(hit.id));
      if (!hits.length) return;
      this.meant.replaceChildren(h("h2", {}, "Called otherwise, but like it"), hitList(hits, signal, labelWords));
      this.meant.hidden = false;
      this.body.classList.toggle("few", true);
    } catch (error) {
      if (!stopped(error)) toast(error.message, { bad: true });
    }
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
    const some = chosen(this.words);
    const chips = some.map(([fact, key]) => {
      const words = valueWords(fact, key, true);
      return button(h("span", { class: "row" }, h("span", { class: "what" }, words), icon("close")), () => this.choose(fact, key), { class: "chip", "aria-label": `No more only ${words}` });
    });
    if (some.length > 1) chips.push(button("Clear all", () => this.change(clear), { class: "plain" }));
    this.chips.replaceChildren(...chips);
  }

  amend({ ids, change, again }) {
    if (again) { this.ask(scrollY); return; }
    if (change) this.shelf?.amend(ids, change);
    this.count();
  }

  count() {
    this.facets.load(this.question(), this.words, this.stop.signal);
    this.examples.load(this.stop.signal);
  }
}
