// Labels that a classifier proposes, taken or refused in batches.

import { post, stopped } from "./api.js";
import { button, choice, h, notice, say } from "./dom.js";
import { changed, refresh, store } from "./store.js";
import { count, percent, plain } from "./text.js";
import { attempt, toast } from "./toast.js";

const SURE = [["0.5", "50 %"], ["0.7", "70 %"], ["0.8", "80 %"], ["0.9", "90 %"], ["0.95", "95 %"], ["0.99", "99 %"]];
const AT_A_TIME = 100;

export class Proposals {
  constructor(host, signal) {
    Object.assign(this, { host, signal, classifier: store.classifiers[0], sure: "0.9", all: [] });
  }

  begin() {
    this.list = h("div", { class: "proposals" });
    this.acts = h("div", { class: "row wrap" });
    const heads = store.classifiers.length > 1 ? choice("Head", store.classifiers.map((name) => [name, plain(name)]), this.classifier, (value) => { this.classifier = value; this.load(); }) : null;
    this.host.replaceChildren(h("div", { class: "row wrap tools" }, heads, choice("At least", SURE, this.sure, (value) => { this.sure = value; this.load(); }), this.acts), this.list);
    this.load();
  }

  async load() {
    this.list.replaceChildren(h("p", { class: "soft" }, "Asking the head…"));
    this.acts.replaceChildren();
    try {
      this.all = await post("/proposals", { classifier: this.classifier, threshold: Number(this.sure) }, { signal: this.signal });
      this.draw();
    } catch (error) {
      if (!stopped(error)) this.list.replaceChildren(notice("There are no proposals", error.message, button("Try again", () => this.load())));
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
    const done = await attempt(() => post("/proposals/accept", { classifier: this.classifier, proposals: some.map((one) => ({ id: one.shape.id, label: one.label })) }));
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
    if (!await attempt(() => post("/proposals/refuse", { classifier: this.classifier, proposals }))) return;
    const before = this.all;
    this.all = this.all.filter((one) => !some.includes(one));
    this.draw();
    toast(`${count(some.length, "proposal")} refused.`, { undo: () => attempt(async () => {
      await post("/proposals/refuse", { classifier: this.classifier, proposals, refused: false });
      this.all = before;
      if (this.list.isConnected) this.draw();
    }) });
  }
}
