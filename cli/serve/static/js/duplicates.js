// Groups of shapes that may be one and the same, and what one decides of each pair.

import { get, Problem, query, stopped } from "./api.js";
import { button, choice, h, notice, say } from "./dom.js";
import { decide, DECISIONS, LEVELS, pair, picture } from "./pair.js";
import { store } from "./store.js";
import { count, plain } from "./text.js";
import { run } from "./work.js";

const AT_A_TIME = 30;

export class Duplicates {
  constructor(host, signal) {
    Object.assign(this, { host, signal, level: "same", undecided: false, shown: AT_A_TIME, groups: [] });
  }

  begin() {
    this.list = h("div", { class: "groups" });
    const only = h("label", { class: "row check" }, h("input", { type: "checkbox", on: { change: (event) => { this.undecided = event.target.checked; this.draw(); } } }), "Undecided only");
    const find = store.read_only ? null : button("Find duplicates", () => this.find(find), { class: "main" });
    this.all = h("div", { class: "row wrap" });
    this.host.replaceChildren(h("div", { class: "row wrap tools" }, choice("Alike", LEVELS, this.level, (level) => { this.level = level; this.load(); }), find, only, this.all), this.list);
    this.load();
  }

  async load() {
    const { level } = this;
    try {
      const { groups } = await get(`/duplicates${query({ level })}`, { signal: this.signal });
      if (level !== this.level) return;
      if (!groups) throw new Problem(404);
      this.groups = groups;
      this.shown = AT_A_TIME;
      this.draw();
    } catch (error) {
      if (stopped(error)) return;
      this.groups = [];
      this.all.replaceChildren();
      this.list.replaceChildren(error.status === 404
        ? notice("Nothing has been compared yet", store.read_only ? "Run inrstore duplicates on the store, and come back." : "Press Find duplicates; it takes seconds to minutes, and you can go on meanwhile.")
        : notice("The duplicates could not be fetched", error.message, button("Try again", () => this.load())));
    }
  }

  async find(pressed) {
    pressed.disabled = true;
    const found = await run("Looking for duplicates", "/duplicates", { level: this.level });
    pressed.disabled = false;
    if (found && !this.signal.aborted) this.load();
  }

  /** [first, other] of all groups, those that are in view. */
  pairs() {
    return this.groups.map(({ shapes: [first, ...others] }) => [first, others.filter((other) => !this.undecided || !other.decision)]).filter(([, others]) => others.length);
  }

  draw() {
    const pairs = this.pairs();
    const visible = pairs.slice(0, this.shown);
    const n = visible.reduce((sum, [, others]) => sum + others.length, 0);
    if (!pairs.length) {
      this.list.replaceChildren(this.groups.length ? notice("All is decided", "Show the decided pairs again to change your mind.") : notice("No duplicates", "No two shapes are alike in this way. Look for variants, too."));
    } else {
      const more = pairs.length > visible.length ? button(`Show more of ${count(pairs.length, "group")}`, () => { this.shown += AT_A_TIME; this.draw(); }) : null;
      this.list.replaceChildren(...visible.map(([first, others]) => this.group(first, others)), ...(more ? [more] : []));
    }
    this.all.replaceChildren(...(n && !store.read_only ? [h("span", { class: "soft" }, `All ${count(n, "pair")} shown:`), ...DECISIONS.map(([value, words]) => button(words, () => this.decide(visible, value)))] : []));
    say(`${count(pairs.length, "group")} of duplicates`);
  }

  group(first, others) {
    const one = (other) => pair(first, other, (decision) => this.decide([[first, [other]]], decision));
    return h("section", { class: "group", "aria-label": plain(first.name) }, picture(first), h("div", { class: "others" }, others.map(one)));
  }

  decide(groups, decision) {
    const pairs = groups.flatMap(([first, others]) => others.map((other) => [first, other]));
    return decide(pairs, decision, () => this.list.isConnected && this.draw());
  }
}
