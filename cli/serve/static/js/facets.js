// What the shapes in view have, and how many: a click keeps those alone.

import { get, query, stopped } from "./api.js";
import { h } from "./dom.js";
import { fieldWords, number, plain } from "./text.js";

export const FACETS = ["label", "field", "kind", "profile"];
const FEW = 10;
const NONE = "\u2205"; // In addresses: shapes that have no label.

/** The condition of the API for a choice of a facet. */
export const condition = (facet, value) => `${facet}=${value === NONE ? "" : value}`;

export const valueWords = (facet, value) => {
  if (value === NONE) return `no ${facet}`;
  return facet === "field" ? fieldWords(value) : plain(value);
};

/** The panel; `choose(facet, value or null)` is called on a click. */
export class Facets {
  constructor(choose) {
    this.choose = choose;
    this.open = new Set();
    this.element = h("div", { class: "facets" });
  }

  async load(question, chosen, signal) {
    try {
      this.found = await get(`/facets${query(question)}`, { signal });
      this.chosen = chosen;
      this.draw();
    } catch (error) {
      if (!stopped(error)) this.element.replaceChildren(h("p", { class: "soft" }, "The filters could not be fetched. Search again to fetch them."));
    }
  }

  draw() {
    const held = document.activeElement?.dataset?.value;
    this.element.replaceChildren(...FACETS.map((facet) => this.section(facet)).filter(Boolean));
    if (held) [...this.element.querySelectorAll("button")].find((one) => one.dataset.value === held)?.focus();
  }

  section(facet) {
    const values = this.found[facet] ?? [];
    const chosen = this.chosen[facet];
    if (!values.length) return null;
    const shown = this.open.has(facet) ? values : values.slice(0, FEW);
    const rest = values.length - shown.length;
    const more = rest > 0 && h("button", { type: "button", class: "plain rest", on: { click: () => { this.open.add(facet); this.draw(); } } }, `${number(rest)} more`);
    return h("section", {}, h("h2", {}, facet), h("ul", {}, shown.map((one) => h("li", {}, this.value(facet, one, chosen)))), more);
  }

  value(facet, { value, count }, chosen) {
    const key = value ?? NONE;
    const on = chosen === key;
    return h("button", {
      type: "button", class: "facet", "aria-pressed": String(on), "data-value": `${facet}=${key}`,
      on: { click: () => this.choose(facet, on ? null : key) },
    }, h("span", {}, valueWords(facet, key)), h("span", { class: "count" }, number(count)));
  }
}
