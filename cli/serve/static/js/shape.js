// The page of one shape: its surface in 3-D, all that is known of it, and what is like it.

import { get, query, stopped } from "./api.js";
import { relabel, retag } from "./changing.js";
import { Copies } from "./copies.js";
import { button, choice, h, notice, say } from "./dom.js";
import { inquire } from "./dialog.js";
import { downloads } from "./download.js";
import { facts, networks, quality, sources } from "./facts.js";
import { legend, colourBar } from "./legend.js";
import { hitList } from "./hits.js";
import { go, title } from "./router.js";
import * as selection from "./selection.js";
import { changes, store } from "./store.js";
import { plain } from "./text.js";
import { tools } from "./tools.js";
import { Viewer } from "./viewer.js";

const VIEWS = [["surface", "surface of the network"], ["decoder", "surface of the decoder"], ["source", "surface of the source"], ["errors", "where it errs"], ["parts", "parts"]];
const COARSE = 48;
const FINE = ["32", "64", "96", "128", "192", "256"].map((value) => [value, value]);

export async function shapePage(host, { match, signal }) {
  host.className = "shape";
  host.replaceChildren(h("p", { class: "soft" }, "Fetching the shape…"));
  try {
    const shape = await get(`/shapes/${match[1]}`, { signal });
    new ShapePage(host, shape, signal).begin();
  } catch (error) {
    if (stopped(error)) return;
    title("No shape");
    host.replaceChildren(notice(error.status === 404 ? "There is no such shape" : "The shape could not be fetched", error.message, h("a", { class: "button main", href: "/" }, "To the gallery")));
  }
}

class ShapePage {
  constructor(host, shape, signal) {
    this.host = host;
    this.shape = shape;
    this.signal = signal;
    this.view = "surface";
    this.fine = "128";
  }

  begin() {
    const name = plain(this.shape.name);
    title(name);
    const stage = h("div", { class: "stage large" });
    this.key = h("div", { class: "key", "aria-live": "polite" });
    this.about = h("div", { class: "about-shape" });
    this.near = h("section", { class: "near", "aria-label": "Like it" }, h("h2", {}, "Like it"), h("p", { class: "soft" }, "Looking…"));
    this.copies = new Copies(this.shape, this.signal);
    this.viewer = new Viewer(stage, { label: `The surface of ${name}`, signal: this.signal });
    const looks = h("div", { class: "row wrap" },
      choice("Shows", VIEWS.filter(([view]) => (view !== "parts" || store.segmenters.length) && (view !== "decoder" || store.decoder)), this.view, (view) => { this.view = view; this.load(); }),
      choice("Resolution", FINE, this.fine, (value) => { this.fine = value; this.load(); }));
    this.host.replaceChildren(this.heading(name), h("div", { class: "halves" },
      h("div", { class: "seen" }, stage, looks, tools(this.viewer, this.shape.scale), this.key), this.about), this.copies.element, this.near);
    this.fill();
    this.first();
    this.copies.load();
    if (store.searchable) this.neighbours();
    else this.near.remove();
    changes.addEventListener("changed", ({ detail }) => detail.ids.has(this.shape.id) && this.renew(), { signal: this.signal });
  }

  heading(name) {
    const pick = h("input", { type: "checkbox", checked: selection.has(this.shape.id), on: { change: () => selection.toggle(this.shape) } });
    selection.selection.addEventListener("change", () => { pick.checked = selection.has(this.shape.id); }, { signal: this.signal });
    return h("div", { class: "heading" }, h("h1", {}, name), h("label", { class: "row check" }, pick, "Selected"),
      store.searchable ? h("a", { class: "button", href: `/?like=${this.shape.id}` }, "More like this") : null);
  }

  /** Something at once, and what is finer after it. */
  async first() {
    await this.viewer.load(`/shapes/${this.shape.id}/surface?resolution=${COARSE}`);
    if (this.host.isConnected) this.load();
  }

  async load() {
    const { id } = this.shape;
    const fine = { resolution: this.fine };
    const path = { surface: `/surface${query(fine)}`, decoder: `/surface${query({ ...fine, via: "decoder" })}`, source: "/source", errors: `/errors${query(fine)}`, parts: "/parts" }[this.view];
    this.key.replaceChildren();
    const { view } = this;
    // The decoder takes its time: something at once here, too.
    if (view === "decoder" && !((await this.viewer.load(`/shapes/${id}/surface${query({ resolution: COARSE, via: "decoder" })}`)) && this.view === view)) return;
    const headers = await this.viewer.load(`/shapes/${id}${path}`);
    if (!headers) return;
    const said = (name) => JSON.parse(headers.get(name) ?? "null");
    if (this.view === "errors" && said("X-Inrstore-Figures")) this.key.replaceChildren(...colourBar(said("X-Inrstore-Figures"), this.shape.scale));
    if (this.view === "parts" && said("X-Inrstore-Parts")) this.key.replaceChildren(legend(said("X-Inrstore-Parts")));
    say(`Shown: ${VIEWS.find(([view]) => view === this.view)[1]}`);
  }

  async renew() {
    try {
      this.shape = await get(`/shapes/${this.shape.id}`, { signal: this.signal });
      this.fill();
    } catch (error) {
      if (!stopped(error)) say(error.message);
    }
  }

  fill() {
    const { shape } = this;
    this.about.replaceChildren(
      h("section", {}, h("h2", {}, "Label"), h("div", { class: "row wrap" }, h("span", { class: shape.label ? "label" : "soft" }, shape.label ? plain(shape.label) : "no label"),
        store.read_only ? null : button("Change", () => this.label()))),
      h("section", {}, h("h2", {}, "Tags"), this.tags()),
      facts(shape), networks(shape.networks), quality(shape.quality), sources(shape.sources),
      h("section", {}, h("h2", {}, "Download"), downloads(shape.id)),
    );
  }

  tags() {
    const all = Object.entries(this.shape.tags ?? {});
    const take = (key) => button("×", () => retag([this.shape], { [key]: null }), { class: "plain", "aria-label": `Take the tag ${plain(key)} away` });
    const items = all.map(([key, value]) => h("span", { class: "tag" }, h("span", { class: "soft" }, plain(key)), " ", plain(value), store.read_only ? null : take(key)));
    return h("div", { class: "row wrap" }, items.length ? items : h("span", { class: "soft" }, "no tags"), store.read_only ? null : button("Add", () => this.tag()));
  }

  async label() {
    const given = await inquire("Label", [{ name: "label", words: "Label", value: this.shape.label ?? "", list: store.labels.slice(0, 200) }], "Label", "Leave it empty to take the label away.");
    if (given) relabel([this.shape], given.label || null);
  }

  async tag() {
    const given = await inquire("Tag", [{ name: "key", words: "Tag", list: store.tags, required: true }, { name: "value", words: "Value", required: true }], "Tag");
    if (given?.key) retag([this.shape], { [given.key]: given.value });
  }

  async neighbours(pose = "up") {
    const poses = choice("Compared", [["up", "turned about the vertical"], ["none", "as they stand"], ["free", "turned any way"]], pose, (value) => this.neighbours(value));
    const top = h("div", { class: "heading" }, h("h2", {}, "Like it"), poses);
    try {
      const { hits } = await get(`/shapes/${this.shape.id}/neighbours${query({ k: 12, pose })}`, { signal: this.signal });
      this.near.replaceChildren(top, hits.length ? hitList(hits, this.signal) : h("p", { class: "soft" }, "The store has no other shape yet."));
    } catch (error) {
      if (!stopped(error)) this.near.replaceChildren(top, notice("This could not be searched", error.message, button("Try again", () => this.neighbours(pose))));
    }
  }
}

export const open = (id) => go(`/shapes/${id}`);
