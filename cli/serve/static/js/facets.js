// What the shapes in view have, and how many: a click on a value keeps those that have it.

import { get, query, stopped } from "./api.js";
import { h } from "./dom.js";
import { chosen, FACTS, keyOf, RANGES, valueWords } from "./filters.js";
import { number } from "./text.js";

const FEW = 10;
const TITLES = { size: "size, in its own units", error: "error of the network" };

/** The panel; `choose(fact, key)` is called on a click. */
export class Facets {
  constructor(choose) {
    this.choose = choose;
    this.open = new Set();
    this.element = h("div", { class: "facets" });
  }

  /** Fetches the counts; those of a fact leave out what is chosen of it, so that more can be chosen beside. */
  async load(question, words, signal) {
    this.words = words;
    if (this.found) this.draw(); // What was pressed is marked at once.
    try {
      this.found = await get(`/facets${query({ ...question, name: [...FACTS, ...RANGES], beside: true })}`, { signal });
      this.draw();
    } catch (error) {
      if (!stopped(error)) this.element.replaceChildren(h("p", { class: "soft" }, "The filters could not be fetched. Search again to fetch them."));
    }
  }

  draw() {
    const held = document.activeElement?.dataset?.value;
    const on = new Set(chosen(this.words).map((one) => one.join("=")));
    this.element.replaceChildren(...[...FACTS, ...RANGES].map((fact) => this.section(fact, on)).filter(Boolean));
    if (held) [...this.element.querySelectorAll("button")].find((one) => one.dataset.value === held)?.focus({ preventScroll: true });
  }

  section(fact, on) {
    const values = this.found[fact] ?? [];
    if (!values.length) return null;
    // A value that is chosen stays in sight.
    const shown = this.open.has(fact) ? values : values.filter((one, place) => place < FEW || on.has(`${fact}=${keyOf(fact, one)}`));
    const rest = values.length - shown.length;
    const more = rest > 0 && h("button", { type: "button", class: "plain rest", on: { click: () => { this.open.add(fact); this.draw(); } } }, `${number(rest)} more`);
    const id = `facet-${fact}`;
    return h("section", { role: "group", "aria-labelledby": id }, h("h2", { id }, TITLES[fact] ?? fact), h("ul", {}, shown.map((one) => h("li", {}, this.value(fact, one, on)))), more);
  }

  value(fact, one, on) {
    const key = keyOf(fact, one);
    const name = `${fact}=${key}`;
    return h("button", {
      type: "button", class: RANGES.includes(fact) ? "facet one" : "facet many", "aria-pressed": String(on.has(name)), "data-value": name,
      on: { click: () => this.choose(fact, key) },
    }, h("span", {}, valueWords(fact, key)), h("span", { class: "count" }, number(one.count)));
  }
}
