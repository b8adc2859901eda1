// The search box: words that the page in view takes as they are typed, and pictures beside them.

import { button, debounce, h, icon } from "./dom.js";
import { choosePicture } from "./drop.js";
import { go } from "./router.js";
import { changes, store } from "./store.js";

const PAUSE = 150;

let listener = null;

const input = h("input", { type: "search", id: "search", placeholder: "Search names, labels, looks", "aria-label": "Search", autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });

/** Names what takes the words while its page is in view. */
export function listen(call, signal) {
  listener = call;
  signal.addEventListener("abort", () => { if (listener === call) listener = null; }, { once: true });
}

/** Puts words into the box, as when the page takes some of them away. */
export function put(text) {
  input.value = text;
}

export const focus = () => input.focus({ preventScroll: true });

function typed() {
  const words = input.value.trim();
  listener?.(words);
  return Boolean(listener);
}

export function box() {
  const submit = (event) => {
    event.preventDefault();
    if (!typed()) go(`/?q=${encodeURIComponent(input.value.trim())}`);
  };
  input.addEventListener("input", debounce(PAUSE, typed));
  const byPicture = button(icon("picture"), choosePicture, { class: "plain sign bypicture", "aria-label": "Find by picture", title: "Find what looks like a picture", hidden: true });
  const form = h("form", { role: "search", class: "find", on: { submit } }, icon("search"), input, byPicture);
  const known = () => {
    byPicture.hidden = !store.pictures;
    form.classList.toggle("pictured", store.pictures);
  };
  changes.addEventListener("store", known);
  known();
  addEventListener("route", () => {
    if (document.activeElement !== input) put(new URLSearchParams(location.search).get("q") ?? "");
  });
  return form;
}
