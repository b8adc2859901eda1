// Keys to colours.

import { h } from "./dom.js";
import { count, figure, plain } from "./text.js";

const NAMES = { chamfer: "chamfer distance", largest: "largest" };

/** A dot of a colour; set from script, as the page allows no styles in markup. */
export function dot(colour) {
  const mark = h("span", { class: "dot" });
  mark.style.background = colour;
  return mark;
}

/** The parts of a shape. */
export function legend(parts) {
  return h("ul", { class: "legend" }, parts.map((part) => h("li", {}, dot(part.color), plain(part.name), h("span", { class: "soft" }, ` ${count(part.faces, "face")}`))));
}

/** The bar of a heat map of distances, with its figures; distances are in radii, and in the source's units. */
export function colourBar(figures, scale) {
  const { scale: most = 0.05, ...others } = figures;
  const ends = [0, most / 2, most].map((value) => h("span", {}, `${figure(value * scale)}`));
  return [
    h("div", { class: "viridis", role: "img", "aria-label": `Dark is no distance, yellow ${figure(most * scale)} or more` }),
    h("div", { class: "ends" }, ends),
    h("p", { class: "soft" }, "Distance to the source, in its units. ", Object.entries(others).map(([name, value]) => `${NAMES[name] ?? plain(name)} ${figure(value)}`).join(" · "), " (in radii)"),
  ];
}
