// What shapes are, in the words of a classifier: of those that are selected, and of all that is shown.

import { post } from "./api.js";
import { relabel } from "./changing.js";
import { dialog } from "./dialog.js";
import { button, choice, h } from "./dom.js";
import * as selection from "./selection.js";
import { store } from "./store.js";
import { count, number, percent, plain, short } from "./text.js";
import { attempt } from "./toast.js";
import { run, working } from "./work.js";

const AT_ONCE = 200;
const LISTED = 200; // Rows of a table that one still reads.
const cells = (kind, words) => h("tr", {}, words.map((one) => h("th", { scope: "col", class: kind }, one)));

/** Classifies shapes that are known by their tiles. */
export async function classify(shapes) {
  const box = shapes.length > AT_ONCE ? working("Classifying…") : null;
  const answers = await attempt(async () => {
    const found = [];
    for (let from = 0; from < shapes.length; from += AT_ONCE) {
      box?.tell(`Classifying ${number(from)} of ${number(shapes.length)}`, from / shapes.length);
      found.push(...await post("/classify", { ids: shapes.slice(from, from + AT_ONCE).map((shape) => shape.id) }, { signal: box?.signal }));
    }
    return found;
  });
  box?.close();
  if (answers) told(answers, new Map(shapes.map((shape) => [shape.id, shape])));
}

function told(answers, known) {
  const more = answers.length - LISTED;
  dialog("What they are", (box, close) => [
    h("div", { class: "scrolls", tabindex: "0", role: "group", "aria-label": "What they are" }, h("table", {}, h("thead", {}, cells("", ["Shape", "Label", "Sure", "Else"])),
      h("tbody", {}, answers.slice(0, LISTED).map((answer) => row(answer, known)))), more > 0 ? h("p", { class: "soft" }, `and ${number(more)} more`) : null),
    store.read_only ? null : h("p", { class: "row end" }, button("Keep these labels", () => { close(); keep(answers.map((one) => ({ ...one, id: one.query })), known); }, { class: "main" })),
  ].filter(Boolean), { wide: true });
}

function row(answer, known) {
  const others = (answer.top ?? []).slice(1, 3).map((one) => `${plain(one.label)} ${percent(one.probability)}`).join(", ");
  return h("tr", {}, h("td", {}, h("a", { href: `/shapes/${answer.query}`, target: "_blank" }, plain(known.get(answer.query)?.name ?? short(answer.query)))),
    h("td", {}, plain(answer.label), answer.unlike ? h("span", { class: "mark" }, "unlike all that is known") : null),
    h("td", { class: "figure" }, percent(answer.probability)), h("td", { class: "soft" }, others));
}

/** Gives shapes the labels that were said, but to those that are unlike all that the classifier knows. */
async function keep(said, known) {
  for (const [given, alike] of Map.groupBy(said.filter((one) => !one.unlike), (one) => one.label)) {
    await relabel(alike.map((one) => known.get(one.id) ?? { id: one.id }), given);
  }
}

/** Classifies all that is shown, however many, in a job of the server. */
export async function classifyAll({ question, total }) {
  const name = store.classifiers.length > 1 ? await which(total) : store.classifiers[0];
  if (!name) return;
  const found = await run(`Classifying ${count(total, "shape")}`, "/classifications", { where: question.where, q: question.q ?? "", classifier: name });
  if (found) counted(found);
}

async function which(total) {
  let [name, wanted] = [store.classifiers[0], false];
  await dialog(`Classify ${count(total, "shape")}`, (box, close) => [
    h("p", {}, choice("Classifier", store.classifiers.map((one) => [one, plain(one)]), name, (value) => { name = value; })),
    h("p", { class: "row end" }, button("Classify", () => { wanted = true; close(); }, { class: "main" })),
  ]);
  return wanted ? name : null;
}

/** How many are what; a click selects them. */
function counted({ counts, said }) {
  const rows = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  const n = rows.reduce((sum, [, one]) => sum + one, 0);
  const unlike = said.filter((one) => one.unlike).length;
  const words = [`${count(n, "shape")} classified.`, unlike && `${number(unlike)} ${unlike === 1 ? "is" : "are"} unlike all that the classifier knows.`, said.length < n && `Of the first ${number(said.length)} is kept what they are.`];
  dialog("What they are", (box, close) => {
    const select = (label) => { close(); selection.set(said.filter((one) => one.label === label).map(tile), true); };
    return [
      h("p", { class: "soft" }, words.filter(Boolean).join(" ")),
      h("div", { class: "scrolls", tabindex: "0", role: "group", "aria-label": "Labels and how many" }, h("table", {}, h("thead", {}, cells("", ["Label", "Shapes", "", ""])), h("tbody", {}, rows.map(([label, one]) => line(label, one, n, select))))),
      store.read_only || !said.length ? null : h("p", { class: "row end" }, button("Keep these labels", () => { close(); keep(said, new Map()); }, { class: "main" })),
    ].filter(Boolean);
  }, { wide: true });
}

function line(label, one, n, select) {
  return h("tr", {}, h("td", {}, plain(label)), h("td", { class: "figure" }, number(one)), h("td", { class: "share" }, h("meter", { max: n, value: one, "aria-label": `Share of ${plain(label)}` })),
    h("td", {}, button("Select", () => select(label), { class: "plain", "aria-label": `Select those that are ${plain(label)}` })));
}

const tile = ({ id, label }) => ({ id, name: short(id), label, thumbnail: `/api/v1/shapes/${id}/thumbnail` });
