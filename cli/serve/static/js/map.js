// The map: every shape a point, and what is alike lies together.

import { ask, get, stopped } from "./api.js";
import { button, h, icon, notice, say } from "./dom.js";
import { follow, stage } from "./job.js";
import { dot } from "./legend.js";
import { handle } from "./mapping.js";
import { Places } from "./places.js";
import { title } from "./router.js";
import * as selection from "./selection.js";
import { store } from "./store.js";
import { hues, shares } from "./hues.js";
import { count, number, plain } from "./text.js";
import { isDark, themes } from "./theme.js";
import { flip } from "./tools.js";

const NAMED = 14; // Labels with a colour of their own.

export async function mapPage(host, { signal }) {
  title("Map");
  host.className = "map";
  if (!store.shapes) {
    host.replaceChildren(notice("There is nothing to lay out", "The store has no shape yet. Fill it with inrstore ingest FOLDER."));
    return;
  }
  const words = h("p", { class: "soft", "aria-live": "polite" }, "Fetching the map…");
  host.replaceChildren(words);
  try {
    const laid = await places(words, signal);
    new MapPage(host, laid, signal).begin();
  } catch (error) {
    if (!stopped(error)) host.replaceChildren(notice("There is no map", error.message, button("Try again", () => mapPage(host, { signal }), { class: "main" })));
  }
}

/** The places; waits while they are being laid out. */
async function places(words, signal) {
  for (;;) {
    const answer = await ask("/map", { signal });
    const said = await answer.json();
    if (answer.status !== 202) return said;
    words.textContent = "Laying out the map; this takes seconds to a minute…";
    const end = await follow(said.job, (state) => { words.textContent = `Laying out the map: ${plain(stage(state))}`; }, signal);
    if (end.state !== "done") throw new Error(end.message || "The map was not laid out. Try again.");
  }
}

class MapPage {
  constructor(host, laid, signal) {
    Object.assign(this, { host, laid, signal, only: null, known: new Map() });
    this.canvas = h("canvas", { class: "canvas", tabindex: "0", role: "img", "aria-label": `Map of ${count(laid.ids.length, "shape")}. Arrow keys move it, plus and minus come nearer and go back, 0 shows all.` });
    this.line = h("canvas", { class: "line", "aria-hidden": "true" });
    this.card = h("div", { class: "card", hidden: true });
    this.field = h("div", { class: "field stage" }, this.canvas, this.line, this.card);
  }

  begin() {
    try {
      this.places = new Places(this.canvas, this.laid.places);
    } catch {
      this.host.replaceChildren(notice("This browser has no WebGL", "The map is drawn with it. Turn on hardware acceleration, or use another browser."));
      return;
    }
    this.signal.addEventListener("abort", () => this.places.dispose(), { once: true });
    this.rank();
    this.key = h("div", { class: "side-key" });
    const lasso = flip(h("span", { class: "row" }, icon("lasso"), "Lasso"), (on) => this.hand.lasso(on));
    const all = button("Show all", () => this.places.reset());
    this.host.replaceChildren(
      h("div", { class: "heading" }, h("h1", {}, `Map of ${count(this.laid.ids.length, "shape")}`), h("div", { class: "row" }, lasso, all), h("p", { class: "soft" }, "Drag to move, scroll or pinch to zoom. With Shift, or with Lasso, a drag selects.")),
      h("div", { class: "spread" }, this.field, this.key));
    this.hand = handle(this);
    const sizes = new ResizeObserver(() => this.places.fit());
    sizes.observe(this.field);
    this.signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
    selection.selection.addEventListener("change", () => this.mark(), { signal: this.signal });
    themes.addEventListener("change", () => this.paint(), { signal: this.signal });
    this.paint();
    this.mark();
  }

  /** The most frequent labels get the colours. */
  rank() {
    const counts = new Map();
    for (const label of this.laid.label) counts.set(label, (counts.get(label) ?? 0) + 1);
    const named = [...counts].filter(([label]) => label >= 0).sort((a, b) => b[1] - a[1]);
    this.order = new Map(named.slice(0, NAMED).map(([label], place) => [label, place]));
    this.counts = counts;
    this.others = named.slice(NAMED).reduce((sum, [, n]) => sum + n, 0);
  }

  paint() {
    const colours = hues(isDark());
    const bright = colours.map(shares);
    const grey = shares(isDark() ? "#7d868f" : "#8b949c");
    const faint = shares(isDark() ? "#2f353a" : "#dfe2e4");
    const of = (place) => {
      const label = this.laid.label[place];
      if (this.only !== null && label !== this.only) return faint;
      return this.order.has(label) ? bright[this.order.get(label)] : grey;
    };
    this.places.colour(of, shares(isDark() ? "#ffffff" : "#000000"));
    this.legend(colours, isDark() ? "#7d868f" : "#8b949c");
  }

  legend(colours, grey) {
    const rows = [...this.order].map(([label, place]) => this.entry(label, colours[place], plain(this.laid.labels[label])));
    if (this.counts.has(-1)) rows.push(this.entry(-1, grey, "no label"));
    if (this.others) rows.push(h("li", { class: "soft entry" }, dot(grey), h("span", {}, "other labels"), h("span", { class: "count" }, number(this.others))));
    this.key.replaceChildren(h("h2", {}, "Labels"), h("ul", { class: "legend" }, rows));
  }

  entry(label, colour, words) {
    const on = this.only === label;
    const press = () => {
      this.only = on ? null : label;
      this.paint();
      [...this.key.querySelectorAll("button")].find((one) => one.dataset.label === String(label))?.focus();
    };
    return h("li", {}, h("button", { type: "button", class: "facet entry", "data-label": label, "aria-pressed": String(on), on: { click: press } }, dot(colour), h("span", {}, words), h("span", { class: "count" }, number(this.counts.get(label)))));
  }

  mark() {
    this.places.mark((place) => selection.has(this.laid.ids[place]));
  }

  /** Selects the places within a lasso. */
  choose(found) {
    const shapes = found.filter((place) => this.only === null || this.laid.label[place] === this.only).map((place) => this.tile(place));
    selection.set(shapes, true);
    say(`${count(shapes.length, "shape")} in the lasso`);
  }

  tile(place) {
    const id = this.laid.ids[place];
    const label = this.laid.labels[this.laid.label[place]] ?? null;
    return this.known.get(id) ?? { id, name: id.slice(0, 8), label, thumbnail: `/api/v1/shapes/${id}/thumbnail` };
  }

  /** Shows which shape is under the pointer. */
  async hover(place, x, y) {
    this.card.hidden = place < 0;
    this.canvas.classList.toggle("points", place >= 0);
    if (place < 0) { this.over = -1; return; }
    this.card.style.transform = `translate(${Math.min(x + 14, this.places.width - 164)}px, ${Math.min(y + 14, this.places.height - 214)}px)`;
    if (place === this.over) return;
    this.over = place;
    const shown = this.tile(place);
    const name = h("strong", {}, plain(shown.name));
    this.card.replaceChildren(h("img", { src: shown.thumbnail, alt: "", width: 140, height: 140 }), name, h("span", { class: "soft" }, shown.label ? plain(shown.label) : "no label"));
    if (this.known.has(shown.id)) return;
    const shape = await get(`/shapes/${shown.id}`, { signal: this.signal }).catch(() => null);
    if (!shape) return;
    this.known.set(shape.id, shape);
    name.textContent = plain(shape.name);
  }
}
