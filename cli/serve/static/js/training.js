// Classifiers, trained from the labels of what is shown.

import { dialog, inquire } from "./dialog.js";
import { button, h } from "./dom.js";
import { changed, refresh } from "./store.js";
import { count, figure, number, percent, plain } from "./text.js";
import { run } from "./work.js";

const SAID = ["accuracy", "accuracy of classes", "calibration error", "shapes", "classes"];

/** Asks for a name, trains in a job of the server, and tells how well it does. */
export async function train({ question, total }) {
  const given = await inquire("Train a classifier", [{ name: "name", words: "Name", value: "label", required: true }], "Train",
    `It learns from those of the ${count(total, "shape")} shown that have a label. One of the same name is used no more.`);
  if (!given?.name) return;
  const where = [...question.where, ...(question.q ? [`words=${question.q}`] : [])];
  const found = await run("Training the classifier", "/heads", { kind: "classifier", name: given.name, where });
  if (!found) return;
  await refresh().catch(() => {});
  changed([]);
  told(found.name ?? given.name, found.figures ?? {});
}

function told(name, figures) {
  const others = Object.entries(figures).filter(([key]) => !SAID.includes(key));
  dialog("A classifier is trained", (box, close) => [
    h("p", {}, `${plain(name)} is in use now: select shapes and press Classify, or classify all that is shown.`),
    h("ul", { class: "sentences" }, sentences(figures).map((one) => h("li", {}, one)), others.map(([key, value]) => h("li", { class: "soft" }, `${plain(key)}: ${figure(value)}`))),
    h("p", { class: "row end" }, button("Close", () => close(), { class: "main" })),
  ]);
}

function sentences(figures) {
  const { accuracy, shapes, classes } = figures;
  const each = figures["accuracy of classes"];
  const error = figures["calibration error"];
  return [
    accuracy !== undefined && `${shapes === undefined ? "Of shapes" : `Of ${count(shapes, "shape")}`} that it had not learned from, it names ${percent(accuracy)} right.`,
    each !== undefined && `With each ${classes === undefined ? "label" : `of ${number(classes)} labels`} counting alike, it is ${percent(each)}.`,
    error !== undefined && `How sure it says it is differs from how often it is right by ${percent(error)}.`,
  ].filter(Boolean);
}
