// One shape in small: its picture, its name and label, a box to select it, and "more like this".

import { button, h, icon } from "./dom.js";
import { go } from "./router.js";
import * as selection from "./selection.js";
import { figure, plain } from "./text.js";

const AGAIN = 4;
const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

/** A tile that can be given another shape again and again, so that a long grid has few elements. */
export class Tile {
  constructor({ select = (shape) => selection.toggle(shape), extra = null } = {}) {
    this.shape = null;
    this.extra = extra;
    this.image = h("img", { alt: "", width: 256, height: 256, decoding: "async", draggable: "false", src: BLANK });
    this.image.addEventListener("load", () => this.shape && this.image.classList.remove("waiting"));
    this.image.addEventListener("error", () => this.retry());
    this.tried = 0;
    this.name = h("span", { class: "name" });
    this.about = h("span", { class: "about" });
    this.why = h("span", { class: "why" });
    this.link = h("a", { class: "open", href: "/" }, h("span", { class: "picture" }, this.image), this.name, this.about, this.why);
    this.box = h("input", { type: "checkbox", class: "pick" });
    this.box.addEventListener("click", (event) => this.shape && select(this.shape, event));
    this.more = button(icon("like"), () => go(`/?like=${this.shape.id}`), { class: "sign more", title: "More like this" });
    this.element = h("div", { class: "tile" }, this.link, this.box, this.more);
    this.empty();
  }

  /** Shows a shape; null while it is not known yet, in the same size. */
  show(shape) {
    if (shape === this.shape) return this;
    const before = this.shape;
    this.shape = shape;
    if (!shape) return this.empty();
    const name = plain(shape.name);
    if (before?.thumbnail !== shape.thumbnail) {
      this.tried = 0;
      this.image.classList.add("waiting");
      this.image.src = shape.thumbnail;
    }
    if (!before) {
      this.box.hidden = false;
      this.more.hidden = false;
    }
    this.link.href = `/shapes/${shape.id}`;
    this.name.textContent = name;
    const why = reasons(shape);
    this.link.title = why ? `${name}: ${why}` : name;
    this.about.textContent = this.words(shape);
    this.why.textContent = why;
    this.box.ariaLabel = `Select ${name}`;
    this.more.ariaLabel = `More like ${name}`;
    return this.mark();
  }

  /** Asks for a picture again that did not come, as when too many were asked for at once. */
  retry() {
    this.image.classList.add("waiting");
    const { shape } = this;
    this.tried += 1;
    if (shape && this.tried <= AGAIN) setTimeout(() => shape === this.shape && (this.image.src = shape.thumbnail), 1000 * 2 ** this.tried);
  }

  empty() {
    this.image.classList.add("waiting");
    this.image.src = BLANK; // Stops a picture that is still on its way.
    this.box.hidden = true;
    this.more.hidden = true;
    this.link.removeAttribute("href");
    this.name.textContent = "";
    this.about.textContent = "";
    this.why.textContent = "";
    return this.mark();
  }

  words(shape) {
    const label = shape.label ? plain(shape.label) : "no label";
    return this.extra ? this.extra(shape, label) : label;
  }

  mark() {
    const on = Boolean(this.shape) && selection.has(this.shape.id);
    if (this.box.checked !== on) this.box.checked = on;
    this.element.classList.toggle("picked", on);
    return this;
  }
}

/** Why a shape answers what was asked; nothing where nothing was. */
const reasons = (shape) => (shape.why ?? []).map((one) => plain(one.said)).join("; ");

/** What a hit says below its name: how near, and turned how. */
export function hitWords(shape, label) {
  const score = typeof shape.score === "number" ? figure(Number(shape.score.toFixed(3))) : "";
  return [score, label, shape.pose ? plain(shape.pose) : ""].filter(Boolean).join(" · ");
}
