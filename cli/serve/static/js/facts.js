// What is known of a shape, in short tables.

import { h } from "./dom.js";
import { figure, fieldWords, moment, plain } from "./text.js";

function list(pairs) {
  return h("dl", { class: "facts" }, pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

export function facts(shape) {
  const id = h("code", { class: "id" }, shape.id);
  return h("section", {}, h("h2", {}, "Facts"), list([
    ["Field", fieldWords(shape.field)], ["Kind", plain(shape.kind)], ["Stored", moment(shape.created)],
    ["Centre", shape.center.map(figure).join(", ")], ["Scale", `${figure(shape.scale)} units of the source to a radius`], ["Id", id],
  ]));
}

export function networks(all) {
  const heads = ["Profile", "Field", "Error", "Steps"].map((words) => h("th", { scope: "col" }, words));
  const rows = all.map((one) => h("tr", {},
    h("td", {}, plain(one.profile), one.encoded ? h("span", { class: "mark" }, "encoded") : null),
    h("td", {}, plain(one.field)), h("td", { class: "figure" }, figure(one.error)), h("td", { class: "figure" }, figure(one.steps))));
  return h("section", {}, h("h2", {}, all.length === 1 ? "Network" : "Networks"), h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)));
}

export function quality(figures) {
  const all = Object.entries(figures ?? {});
  if (!all.length) return "";
  return h("section", {}, h("h2", {}, "Figures"), list(all.map(([name, value]) => [plain(name).replaceAll("_", " "), figure(value)])));
}

export function sources(all) {
  const items = (all ?? []).map((one) => h("li", {}, h("code", {}, plain(one.path)), one.object ? ` · ${plain(one.object)}` : "", one.there ? null : h("span", { class: "mark" }, "gone")));
  return h("section", {}, h("h2", {}, items.length === 1 ? "Source" : "Sources"), h("ul", { class: "sources" }, items));
}
