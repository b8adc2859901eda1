// Groups of shapes that may be one and the same, and what one decides of each pair.

import { get, post, Problem, query, stopped } from "./api.js";
import { button, choice, h, notice, say } from "./dom.js";
import { dialog } from "./dialog.js";
import { follow, stage } from "./job.js";
import { dot } from "./legend.js";
import { store } from "./store.js";
import { count, figure, plain } from "./text.js";
import { attempt, toast } from "./toast.js";
import { Viewer } from "./viewer.js";

const LEVELS = [["exact", "the same file"], ["same", "the same shape"], ["variant", "the same, or a variant"]];
const DECISIONS = [["same", "Same"], ["variant", "Variant"], ["different", "Different"]];
const AT_A_TIME = 30;

export class Duplicates {
  constructor(host, signal) {
    Object.assign(this, { host, signal, level: "same", undecided: false, shown: AT_A_TIME, groups: [] });
  }

  begin() {
    this.list = h("div", { class: "groups" });
    this.state = h("div", { class: "state", "aria-live": "polite" });
    const only = h("label", { class: "row check" }, h("input", { type: "checkbox", on: { change: (event) => { this.undecided = event.target.checked; this.draw(); } } }), "Undecided only");
    const find = store.read_only ? null : button("Find duplicates", () => this.find(), { class: "main" });
    this.all = h("div", { class: "row wrap" });
    this.host.replaceChildren(h("div", { class: "row wrap tools" }, choice("Alike", LEVELS, this.level, (level) => { this.level = level; this.load(); }), find, only, this.all), this.state, this.list);
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

  async find() {
    const bar = h("progress", { max: 1 });
    const words = h("span", {}, "Starting…");
    let job = null;
    const stop = button("Cancel", () => job && attempt(() => fetch(`/api/v1/jobs/${job}`, { method: "DELETE", headers: { "X-Inrstore": "1" } })), { class: "plain" });
    this.state.replaceChildren(h("div", { class: "row" }, bar, words, stop));
    try {
      ({ job } = await post("/duplicates", { level: this.level }, { signal: this.signal }));
      const end = await follow(job, (state) => {
        words.textContent = plain(stage(state));
        if (state.total) bar.value = state.done / state.total;
      }, this.signal);
      if (end.state !== "done") throw new Error(end.message || `The comparison was ${end.state}. Start it again.`);
      this.load();
    } catch (error) {
      if (!stopped(error)) toast(error.message, { bad: true });
    } finally {
      this.state.replaceChildren();
    }
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
    return h("section", { class: "group", "aria-label": plain(first.name) }, this.picture(first), h("div", { class: "others" }, others.map((other) => this.pair(first, other))));
  }

  picture(shape) {
    return h("a", { class: "small-tile", href: `/shapes/${shape.id}` }, h("img", { src: shape.thumbnail, alt: "", width: 256, height: 256, loading: "lazy" }), h("span", { class: "name" }, plain(shape.name)));
  }

  pair(first, other) {
    const told = [plain(other.relation), `chamfer ${figure(other.chamfer)}`, other.pose && plain(other.pose)].filter(Boolean).join(" · ");
    const choose = DECISIONS.map(([value, words]) => button(words, () => this.decide([[first, [other]]], other.decision === value ? null : value), { "aria-pressed": String(other.decision === value), disabled: store.read_only }));
    return h("div", { class: "pair" }, this.picture(other), h("div", { class: "grow" }, h("p", {}, told),
      h("div", { class: "row wrap" }, h("div", { class: "joined", role: "group", "aria-label": `Decision on ${plain(other.name)}` }, choose), button("Overlay", () => overlay(first, other)))));
  }

  async decide(groups, decision) {
    const before = groups.flatMap(([first, others]) => others.map((other) => [first, other, other.decision ?? null]));
    if (!(await this.send(before.map(([first, other]) => [first, other, decision])))) return;
    const words = decision ? `${count(before.length, "pair")} decided: ${decision}.` : `${count(before.length, "pair")} undecided again.`;
    toast(words, { undo: () => this.send(before) });
  }

  /** Sends decisions, those that are alike together. */
  async send(decided) {
    const done = await attempt(async () => {
      for (const [decision, alike] of Map.groupBy(decided, ([, , one]) => one)) {
        await post("/decisions", { pairs: alike.map(([first, other]) => [first.id, other.id]), decision });
        for (const [, other] of alike) other.decision = decision;
      }
      return true;
    });
    if (this.list.isConnected) this.draw();
    return done;
  }
}

function overlay(first, other) {
  const stop = new AbortController();
  dialog("One laid upon the other", () => {
    const stage = h("div", { class: "stage medium" });
    // The dialog has to be open before its size is known; the viewer takes it up when it is.
    new Viewer(stage, { label: "Both surfaces", signal: stop.signal }).load(`/duplicates/${first.id}/${other.id}/overlay`);
    return [stage, h("ul", { class: "legend" }, h("li", {}, dot("#2f7fc1"), plain(first.name)), h("li", {}, dot("#e08a2e"), plain(other.name)))];
  }, { wide: true }).then(() => stop.abort());
}
