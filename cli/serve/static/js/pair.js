// Two shapes that may be one: what speaks for it, one laid upon the other, and what somebody decides.

import { post } from "./api.js";
import { dialog } from "./dialog.js";
import { button, h } from "./dom.js";
import { dot } from "./legend.js";
import { store } from "./store.js";
import { count, figure, plain } from "./text.js";
import { attempt, toast } from "./toast.js";
import { Viewer } from "./viewer.js";

export const LEVELS = [["exact", "the same file"], ["same", "the same shape"], ["variant", "the same, or a variant"]];
export const DECISIONS = [["same", "Same"], ["variant", "Variant"], ["different", "Different"]];

export function picture(shape) {
  return h("a", { class: "small-tile", href: `/shapes/${shape.id}` }, h("img", { src: shape.thumbnail, alt: "", width: 256, height: 256, loading: "lazy", decoding: "async" }), h("span", { class: "name" }, plain(shape.name)));
}

/** The other of a pair, beside what is known of the two; `decide(decision)` on a click. `first` has an id and a name. */
export function pair(first, other, decide, before = "") {
  const evidence = other.evidence ?? `chamfer ${figure(other.chamfer)}`;
  const said = [before, other.evidence ? "" : plain(other.relation), plain(evidence), other.pose && plain(other.pose)].filter(Boolean).join(" · ");
  const choose = DECISIONS.map(([value, words]) => button(words, () => decide(other.decision === value ? null : value), { "aria-pressed": String(other.decision === value), disabled: store.read_only }));
  return h("div", { class: "pair" }, picture(other), h("div", { class: "grow" }, h("p", {}, said),
    h("div", { class: "row wrap" }, h("div", { class: "joined", role: "group", "aria-label": `Decision on ${plain(other.name)}` }, choose), button("Overlay", () => overlay(first, other)))));
}

/** Decides pairs, [first, other] each; tells of it with a way back, and `redraw` whenever it has changed. */
export async function decide(pairs, decision, redraw) {
  const before = pairs.map(([first, other]) => [first, other, other.decision ?? null]);
  if (!(await send(pairs.map(([first, other]) => [first, other, decision]), redraw))) return;
  const words = decision ? `${count(pairs.length, "pair")} decided: ${decision}.` : `${count(pairs.length, "pair")} undecided again.`;
  toast(words, { undo: () => send(before, redraw) });
}

/** Sends decisions, those that are alike together. */
async function send(decided, redraw) {
  const done = await attempt(async () => {
    for (const [decision, alike] of Map.groupBy(decided, ([, , one]) => one)) {
      await post("/decisions", { pairs: alike.map(([first, other]) => [first.id, other.id]), decision });
      for (const [, other] of alike) other.decision = decision;
    }
    return true;
  });
  redraw();
  return done;
}

function overlay(first, other) {
  const stop = new AbortController();
  dialog("One laid upon the other", () => {
    const stage = h("div", { class: "stage medium" });
    // The dialog has to be open before its size is known; the viewer takes it up when it is.
    new Viewer(stage, { label: "Both surfaces", signal: stop.signal }).load(`/duplicates/${first.id}/${other.id}/overlay`);
    return [stage, h("ul", { class: "legend" }, h("li", {}, dot("#2f7fc1"), plain(first.name)), h("li", {}, dot("#e08a2e"), plain(other.name)))];
  }, { wide: true }).then(() => stop.abort());
}
