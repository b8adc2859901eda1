// Shapes side by side, turned together; and of two the way from one to the other.

import { get, stopped } from "./api.js";
import { choice, h, notice } from "./dom.js";
import { title } from "./router.js";
import { percent, plain } from "./text.js";
import { link, Viewer } from "./viewer.js";

const MOST = 8;
const COARSE = 40;
const FINE = 96;
const REST = 220; // Milliseconds without a move of the slider.

export async function compare(host, { words, signal }) {
  title("Compare");
  host.className = "compare";
  const ids = [...new Set(words.getAll("id"))].slice(0, MOST);
  if (ids.length < 2) {
    host.replaceChildren(notice("Two shapes are needed", "Select two to eight shapes in the gallery, then press Compare.", h("a", { class: "button main", href: "/" }, "To the gallery")));
    return;
  }
  host.replaceChildren(h("p", { class: "soft" }, "Fetching the shapes…"));
  try {
    const shapes = await Promise.all(ids.map((id) => get(`/shapes/${id}`, { signal })));
    show(host, shapes, signal);
  } catch (error) {
    if (!stopped(error)) host.replaceChildren(notice("The shapes could not be fetched", error.message, h("a", { class: "button main", href: "/" }, "To the gallery")));
  }
}

function show(host, shapes, signal) {
  let fine = "128";
  const viewers = [];
  const places = shapes.map((shape) => side(shape, viewers, signal));
  const way = shapes.length === 2 ? new Way(shapes, signal) : null;
  if (way) places.splice(1, 0, way.element);
  const load = () => viewers.forEach((viewer, place) => viewer.load(`/shapes/${shapes[place].id}/surface?resolution=${fine}`));
  const resolution = choice("Resolution", ["32", "64", "96", "128"].map((value) => [value, value]), fine, (value) => { fine = value; load(); });
  host.replaceChildren(h("div", { class: "heading" }, h("h1", {}, `${shapes.length} shapes side by side`), resolution, h("p", { class: "soft" }, "They turn together.")),
    h("div", { class: "sides", "data-many": shapes.length > 3 }, places));
  load();
  link([...viewers, ...(way ? [way.start()] : [])]);
}

function side(shape, viewers, signal) {
  const stage = h("div", { class: "stage" });
  viewers.push(new Viewer(stage, { label: `The surface of ${plain(shape.name)}`, signal }));
  return h("figure", {}, stage, h("figcaption", {}, h("a", { href: `/shapes/${shape.id}` }, plain(shape.name)), h("span", { class: "soft" }, shape.label ? plain(shape.label) : "no label")));
}

/** The shape at a share of the way between two, decoded while the slider moves: coarse at first, finer at rest. */
class Way {
  constructor([a, b], signal) {
    this.path = `/interpolations/${a.id}/${b.id}`;
    this.signal = signal;
    this.stage = h("div", { class: "stage" });
    this.slider = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: 0.5, "aria-label": `From ${plain(a.name)} to ${plain(b.name)}` });
    this.says = h("output", { class: "soft" }, percent(0.5));
    this.slider.addEventListener("input", () => this.move());
    this.element = h("figure", { class: "way" }, this.stage, h("figcaption", {}, h("span", { class: "row grow" }, this.slider, this.says), h("span", { class: "soft" }, "of the way from one to the other")));
    signal.addEventListener("abort", () => clearTimeout(this.resting), { once: true });
  }

  start() {
    this.viewer = new Viewer(this.stage, { label: "A shape between the two", signal: this.signal });
    this.move();
    return this.viewer;
  }

  move() {
    const at = Number(this.slider.value);
    this.says.textContent = percent(at);
    this.slider.setAttribute("aria-valuetext", percent(at));
    this.wanted = at;
    this.follow();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(at), REST);
  }

  /** One coarse surface at a time is on its way; when it is here, that of the newest place is asked for. */
  async follow() {
    if (this.busy) return;
    this.busy = true;
    while (this.wanted !== null && !this.signal.aborted) {
      const at = this.wanted;
      this.wanted = null;
      await this.viewer.load(`${this.path}/${at.toFixed(2)}?resolution=${COARSE}`);
    }
    this.busy = false;
  }

  rest(at) {
    if (this.busy) this.resting = setTimeout(() => this.rest(at), REST);
    else this.viewer.load(`${this.path}/${at.toFixed(2)}?resolution=${FINE}`);
  }
}
