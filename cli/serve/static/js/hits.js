// A list of hits as tiles, without virtualising: there are few.

import { h } from "./dom.js";
import * as selection from "./selection.js";
import { changes } from "./store.js";
import { hitWords, Tile } from "./tile.js";

/** What is said of a hit whose reasons stand below: its label alone. */
export const labelWords = (hit, label) => label;

/** The tiles; `words` says what stands below each name. */
export function hitList(hits, signal, words = hitWords) {
  let last = null;
  const tiles = hits.map((hit, place) => {
    const select = (shape, event) => {
      const on = !selection.has(shape.id);
      const [from, to] = event.shiftKey && last !== null ? [Math.min(last, place), Math.max(last, place)] : [place, place];
      selection.set(hits.slice(from, to + 1), on);
      last = place;
    };
    return new Tile({ extra: words, select }).show(hit);
  });
  selection.selection.addEventListener("change", () => tiles.forEach((tile) => tile.mark()), { signal });
  changes.addEventListener("changed", ({ detail }) => tiles.forEach((tile) => {
    if (detail.change && detail.ids.has(tile.shape.id)) tile.show({ ...tile.shape, ...detail.change });
  }), { signal });
  const list = h("div", { class: "hits", role: "list" }, tiles.map((tile) => {
    tile.element.setAttribute("role", "listitem");
    return tile.element;
  }));
  list.addEventListener("keydown", (event) => arrows(event, tiles));
  return list;
}

function arrows(event, tiles) {
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 0, ArrowUp: 0 };
  const at = tiles.findIndex((tile) => tile.element.contains(event.target));
  if (at < 0) return;
  if (event.key === "m") tiles[at].more.click();
  if (event.key === "x") selection.toggle(tiles[at].shape);
  if (!(event.key in steps)) return;
  const top = tiles[0].element.offsetTop;
  const columns = tiles.filter((tile) => tile.element.offsetTop === top).length;
  const step = steps[event.key] || (event.key === "ArrowDown" ? columns : -columns);
  event.preventDefault();
  tiles[at + step]?.link.focus();
}
