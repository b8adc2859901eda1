// The bar below the page: what can be done with the selected shapes.

import { relabel, retag } from "./changing.js";
import { inquire } from "./dialog.js";
import { button, h, say } from "./dom.js";
import { exportMany } from "./download.js";
import { go } from "./router.js";
import * as selection from "./selection.js";
import { all, MOST, pick, shown } from "./shown.js";
import { changes, store } from "./store.js";
import { count, number } from "./text.js";

const SIDE_BY_SIDE = 8;

export function start() {
  selection.selection.addEventListener("change", draw);
  shown.addEventListener("change", draw);
  changes.addEventListener("changed", draw);
  changes.addEventListener("store", draw);
}

function draw() {
  const host = document.getElementById("bar");
  const n = selection.size();
  document.body.classList.toggle("selects", n > 0);
  host.hidden = n === 0;
  if (!n) return;
  const told = `${count(n, "shape")} selected`;
  if (host.querySelector("strong")?.textContent !== told) say(told);
  const held = document.activeElement?.closest?.("#bar") ? document.activeElement.textContent : null;
  host.replaceChildren(h("strong", {}, told), h("div", { class: "acts" }, acts(n)), button("Clear", selection.clear, { class: "plain" }));
  if (held) [...host.querySelectorAll("button")].find((one) => one.textContent === held)?.focus();
}

function acts(n) {
  const total = all()?.total ?? 0;
  return [
    n > 1 && n <= SIDE_BY_SIDE && button("Compare", compare),
    n === 2 && button("Interpolate", compare),
    store.classifiers.length > 0 && button("Classify", async () => (await import("./classifying.js")).classify(selection.tiles())),
    !store.read_only && button("Label", label),
    !store.read_only && button("Tag", tag),
    button("Export", () => exportMany(selection.ids())),
    total > n && button(total > MOST ? `Select the first ${number(MOST)}` : `Select all ${number(total)}`, pick),
  ].filter(Boolean);
}

export function compare() {
  const ids = selection.ids().slice(0, SIDE_BY_SIDE);
  if (ids.length > 1) go(`/compare?${ids.map((id) => `id=${id}`).join("&")}`);
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
