// Limits that were understood of the words, each as a chip that takes its words away.

import { button, h, icon } from "./dom.js";
import { plain } from "./text.js";

const QUOTED = /(?<!\d)"([^"]*)"/; // What stands in quotation marks is no limit, see inrstore/limits.py.

/** A chip each; `take(words)` is called with the words that are to go. */
export function limitChips(understood, take) {
  const said = new Map();
  for (const limit of understood?.limits ?? []) said.set(limit.said, [...(said.get(limit.said) ?? []), limit.condition]);
  return [...said].map(([words, conditions]) => {
    const means = plain(conditions.join(" and "));
    return button(
      h("span", { class: "row" }, h("span", { class: "what" }, plain(words)), h("span", { class: "means" }, means), icon("close")),
      () => take(words), { class: "chip", "aria-label": `Take ${plain(words)} away: ${means}`, title: `${plain(words)}: ${means}` });
  });
}

/** A text without some words of it, wherever they stand alone outside of quotation marks. */
export function without(text, words) {
  const spelt = words.split(" ").map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+");
  const alone = new RegExp(`(?<![\\p{L}\\p{N}_.])${spelt}(?![\\p{L}\\p{N}_])`, "giu");
  const parts = text.split(QUOTED).map((part, place) => (place % 2 ? `"${part}"` : part.replace(alone, " ")));
  return parts.join("").replace(/\s+/g, " ").trim();
}
