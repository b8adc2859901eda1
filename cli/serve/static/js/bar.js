// The bar below the page: what can be done with the selected shapes.

import { post } from "./api.js";
import { button, h, say } from "./dom.js";
import { dialog, inquire } from "./dialog.js";
import { downloads, zipFile } from "./download.js";
import { go } from "./router.js";
import * as selection from "./selection.js";
import { changed, refresh, store } from "./store.js";
import { count, percent, plain, short } from "./text.js";
import { attempt, toast } from "./toast.js";

const SIDE_BY_SIDE = 8;
const ZIPPED = 500; // Their ids have to fit an address.
const AT_ONCE = 1000;

export function start() {
  selection.selection.addEventListener("change", draw);
}

function draw() {
  const host = document.getElementById("bar");
  const n = selection.size();
  document.body.classList.toggle("selects", n > 0);
  host.hidden = n === 0;
  if (!n) return;
  say(`${count(n, "shape")} selected`);
  const held = document.activeElement?.closest?.("#bar") ? document.activeElement.textContent : null;
  host.replaceChildren(h("strong", {}, `${count(n, "shape")} selected`), h("div", { class: "acts" }, acts(n)), button("Clear", selection.clear, { class: "plain" }));
  if (held) [...host.querySelectorAll("button")].find((one) => one.textContent === held)?.focus();
}

function acts(n) {
  return [
    n > 1 && n <= SIDE_BY_SIDE && button("Compare", compare),
    n === 2 && button("Interpolate", compare),
    store.classifiers.length > 0 && button("Classify", classify),
    !store.read_only && button("Label", label),
    !store.read_only && button("Tag", tag),
    button("Export", zip),
  ].filter(Boolean);
}

export function compare() {
  const ids = selection.ids().slice(0, SIDE_BY_SIDE);
  if (ids.length > 1) go(`/compare?${ids.map((id) => `id=${id}`).join("&")}`);
}

/** Sends many ids in parts; gives what can be undone. */
async function inParts(path, ids, body) {
  const undo = [];
  let n = 0;
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const answer = await post(path, { ids: ids.slice(from, from + AT_ONCE), ...body });
    undo.push(answer.undo);
    n += answer.changed;
  }
  return { n, undo };
}

/** Gives shapes a label, or takes it away, with a way back. */
export async function relabel(shapes, label) {
  const ids = shapes.map((shape) => shape.id);
  const done = await attempt(() => inParts("/labels", ids, { label }));
  if (!done) return false;
  await refresh().catch(() => {});
  changed(ids, { change: { label } });
  const words = label === null ? `${count(done.n, "shape")} without a label now.` : `${count(done.n, "shape")} labelled ${plain(label)}.`;
  toast(words, { undo: () => back(done.undo, shapes) });
  return true;
}

export async function retag(shapes, tags) {
  const ids = shapes.map((shape) => shape.id);
  const done = await attempt(() => inParts("/tags", ids, { tags }));
  if (!done) return false;
  await refresh().catch(() => {});
  changed(ids, { tags: true });
  toast(`Tags of ${count(done.n, "shape")} changed.`, { undo: () => back(done.undo, null, ids) });
  return true;
}

async function back(undo, shapes, ids = []) {
  const done = await attempt(async () => {
    for (const one of undo) await post(`/undo/${one}`);
    return true;
  });
  if (!done) return;
  await refresh().catch(() => {});
  if (!shapes) changed(ids, { tags: true });
  for (const shape of shapes ?? []) changed([shape.id], { change: { label: shape.label ?? null } });
  toast("It is as it was.");
}

async function label() {
  const given = await inquire(`Label ${count(selection.size(), "shape")}`, [{ name: "label", words: "Label", list: store.labels.slice(0, 200) }], "Label", "Leave it empty to take the label away.");
  if (given) relabel(selection.tiles(), given.label || null);
}

async function tag() {
  const given = await inquire(`Tag ${count(selection.size(), "shape")}`, [
    { name: "key", words: "Tag", list: store.tags, required: true }, { name: "value", words: "Value" },
  ], "Tag", "Leave the value empty to take the tag away.");
  if (given?.key) retag(selection.tiles(), { [given.key]: given.value || null });
}

async function classify() {
  const shapes = selection.tiles().slice(0, AT_ONCE);
  const answers = await attempt(() => post("/classify", { ids: shapes.map((shape) => shape.id) }));
  if (!answers) return;
  const names = new Map(shapes.map((shape) => [shape.id, shape.name]));
  dialog("What they are", (box, close) => [
    h("div", { class: "scrolls", tabindex: "0" }, h("table", {}, h("thead", {}, h("tr", {}, ["Shape", "Label", "Sure", "Else"].map((words) => h("th", { scope: "col" }, words)))),
      h("tbody", {}, answers.map((answer) => row(answer, names))))),
    store.read_only ? null : h("p", { class: "row end" }, button("Keep these labels", () => { close(); keep(answers, shapes); }, { class: "main" })),
  ].filter(Boolean), { wide: true });
}

function row(answer, names) {
  const others = (answer.top ?? []).slice(1, 3).map((one) => `${plain(one.label)} ${percent(one.probability)}`).join(", ");
  return h("tr", {}, h("td", {}, h("a", { href: `/shapes/${answer.query}`, target: "_blank" }, plain(names.get(answer.query) ?? short(answer.query)))),
    h("td", {}, plain(answer.label), answer.unlike ? h("span", { class: "mark" }, "unlike all that is known") : null),
    h("td", { class: "figure" }, percent(answer.probability)), h("td", { class: "soft" }, others));
}

async function keep(answers, shapes) {
  const known = new Map(shapes.map((shape) => [shape.id, shape]));
  const byLabel = Map.groupBy(answers.filter((answer) => !answer.unlike), (answer) => answer.label);
  for (const [given, alike] of byLabel) await relabel(alike.map((answer) => known.get(answer.query)), given);
}

function zip() {
  const ids = selection.ids();
  const few = ids.slice(0, ZIPPED).map((id) => id.slice(0, 16));
  dialog(`Export ${count(few.length, "shape")}`, () => [
    ids.length > ZIPPED ? h("p", {}, `At most ${ZIPPED} go into one file. For more, use inrstore export.`) : h("p", { class: "soft" }, "All in one zip file."),
    downloads(zipFile(few), "Download"),
  ]);
}
