// Short messages at the edge of the page, some with a way back.

import { stopped } from "./api.js";
import { button, h } from "./dom.js";

const STAY = 10_000;
const MOST = 4;

/** Shows a sentence for a while; `undo` is what its button does. */
export function toast(sentence, { undo = null, bad = false, stay = STAY } = {}) {
  const host = document.getElementById("toasts");
  const box = h("div", { class: bad ? "toast bad" : "toast" }, h("span", {}, sentence));
  let timer = 0;
  const close = () => { clearTimeout(timer); box.remove(); };
  const wait = () => { timer = setTimeout(close, stay); };
  if (undo) box.append(button("Undo", () => { close(); undo(); }, { class: "plain" }));
  box.append(button("×", close, { class: "plain", "aria-label": "Close the message" }));
  // Who reads it or is about to press its button is given the time.
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("pointerleave", wait);
  box.addEventListener("focusin", () => clearTimeout(timer));
  box.addEventListener("focusout", wait);
  host.append(box);
  for (const old of [...host.querySelectorAll(".toast:not(.work)")].slice(0, -MOST)) old.remove();
  wait();
}

/** Does something; says what went wrong, if it did, and gives back undefined then. */
export async function attempt(doing) {
  try {
    return await doing();
  } catch (error) {
    if (!stopped(error)) toast(error.message, { bad: true });
    return undefined;
  }
}
