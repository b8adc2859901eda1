// Labels that a classifier proposes, or a list of words does, taken or refused in batches.

import { post, stopped } from "./api.js";
import { button, choice, h, notice, say } from "./dom.js";
import { changed, refresh, store } from "./store.js";
import { count, percent, plain } from "./text.js";
import { attempt, toast } from "./toast.js";

const SURE = [["0.5", "50 %"], ["0.7", "70 %"], ["0.8", "80 %"], ["0.9", "90 %"], ["0.95", "95 %"], ["0.99", "99 %"]];
const AT_A_TIME = 100;
/** In place of a head's name: what shapes are is read from a list of words. */
const WORDS = "";

export class Proposals {
  constructor(host, signal) {
    Object.assign(this, { host, signal, classifier: store.classifiers[0] ?? WORDS, words: "", sure: "0.9", all: [] });
  }

  begin() {
    this.list = h("div", { class: "proposals" });
    this.acts = h("div", { class: "row wrap" });
    const names = [...store.classifiers.map((name) => [name, plain(name)]), ...(store.words ? [[WORDS, "a list of words"]] : [])];
    const heads = names.length > 1 ? choice("By", names, this.classifier, (value) => { this.classifier = value; this.load(); }) : null;
    this.asking = h("div", { class: "wording" });
    this.host.replaceChildren(h("div", { class: "row wrap tools" }, heads, choice("At least", SURE, this.sure, (value) => { this.sure = value; this.load(); }), this.acts), this.asking, this.list);
    this.load();
  }

  /** Where the words are typed, of which the head of words is to choose. */
  ask() {
    const field = h("textarea", { "aria-label": "Words, one a line", rows: 5, placeholder: "chair: armchair, stool\ntable\nhex bolt", value: this.words, on: { input: () => { this.words = field.value; } } });
    this.asking.replaceChildren(field, button("Propose", () => this.load(), { class: "main" }));
    this.list.replaceChildren(this.words.trim() ? h("p", { class: "soft" }, "Asking the head…") : h("p", { class: "soft" }, "What may the shapes be? One word or phrase a line, with its synonyms after a colon."));
  }

  /** What says whose the proposals are. */
  by() {
    return this.classifier === WORDS ? { by_words: true } : { classifier: this.classifier };
  }

  async load() {
    this.acts.replaceChildren();
    this.all = [];
    if (this.classifier === WORDS) this.ask();
    else {
      this.asking.replaceChildren();
      this.list.replaceChildren(h("p", { class: "soft" }, "Asking the head…"));
    }
    const turn = this.turn = {};
    if (this.classifier === WORDS && !this.words.trim()) return;
    const whose = this.classifier === WORDS ? { vocabulary: this.words.split("\n") } : { classifier: this.classifier };
    try {
      const found = await post("/proposals", { ...whose, threshold: Number(this.sure) }, { signal: this.signal });
      if (turn !== this.turn) return;
      this.all = this.classifier === WORDS ? found.filter((one) => one.sure) : found;
      this.draw();
    } catch (error) {
      if (!stopped(error) && turn === this.turn) this.list.replaceChildren(notice("There are no proposals", error.message, button("Try again", () => this.load())));
    }
  }

  left() {
    return this.all.slice(0, AT_A_TIME);
  }

  draw() {
    const left = this.left();
    this.list.replaceChildren(...(left.length ? left.map((one) => this.row(one)) : [notice("Nothing is proposed", "Every shape has a label, or the head is not sure enough. Ask for less.")]));
    this.acts.replaceChildren(...(left.length && !store.read_only ? [
      button(`Accept all ${left.length}`, () => this.accept(left), { class: "main" }), button(`Refuse all ${left.length}`, () => this.refuse(left))] : []));
    say(`${count(left.length, "proposal")}`);
  }

  row(one) {
    const { shape, nearest } = one;
    return h("div", { class: "proposal" },
      h("a", { href: `/shapes/${shape.id}`, class: "small-tile", "aria-label": plain(shape.name) }, h("img", { src: shape.thumbnail, alt: "", width: 256, height: 256, loading: "lazy" })),
      h("div", { class: "grow" }, h("p", {}, h("strong", {}, plain(one.label)), h("span", { class: "soft" }, ` ${percent(one.probability)}`)),
        h("p", { class: "soft name" }, plain(shape.name)),
        store.read_only ? null : h("div", { class: "row" }, button("Accept", () => this.accept([one])), button("Refuse", () => this.refuse([one]), { class: "plain" }))),
      nearest ? h("a", { href: `/shapes/${nearest.id}`, class: "small-tile", title: `Nearest of this label: ${plain(nearest.name)}` }, h("img", { src: nearest.thumbnail, alt: "", width: 256, height: 256, loading: "lazy" }), h("span", { class: "soft" }, "nearest")) : null);
  }

  async accept(some) {
    const done = await attempt(() => post("/proposals/accept", { ...this.by(), proposals: some.map((one) => ({ id: one.shape.id, label: one.label })) }));
    if (!done) return;
    const before = this.all;
    this.all = this.all.filter((one) => !some.includes(one));
    this.draw();
    refresh().catch(() => {});
    for (const one of some) changed([one.shape.id], { change: { label: one.label } });
    toast(`${count(done.changed, "label")} accepted.`, { undo: () => attempt(async () => {
      await post(`/undo/${done.undo}`);
      this.all = before;
      if (this.list.isConnected) this.draw();
    }) });
  }

  /** The store remembers it, so that they are not proposed again. */
  async refuse(some) {
    const proposals = some.map((one) => ({ id: one.shape.id, label: one.label }));
    if (!await attempt(() => post("/proposals/refuse", { ...this.by(), proposals }))) return;
    const before = this.all;
    this.all = this.all.filter((one) => !some.includes(one));
    this.draw();
    toast(`${count(some.length, "proposal")} refused.`, { undo: () => attempt(async () => {
      await post("/proposals/refuse", { ...this.by(), proposals, refused: false });
      this.all = before;
      if (this.list.isConnected) this.draw();
    }) });
  }
}
