// A button with a list of things to do below it.

import { button, h } from "./dom.js";

/** `entries()` gives [words, does] each, anew whenever it opens. */
export function menu(words, entries, { signal, ...attributes } = {}) {
  const list = h("div", { class: "menu", role: "menu", hidden: true });
  const opener = button(words, () => (list.hidden ? open() : close()), { "aria-haspopup": "menu", "aria-expanded": "false", ...attributes });
  const host = h("div", { class: "menued" }, opener, list);
  const close = (back = true) => {
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (back) opener.focus({ preventScroll: true });
  };
  const open = () => {
    list.replaceChildren(...entries().map(([said, does]) => button(said, () => { close(); does(); }, { role: "menuitem", class: "plain", tabindex: "-1" })));
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    list.firstChild?.focus({ preventScroll: true });
  };
  host.addEventListener("keydown", (event) => !list.hidden && key(event, list, close));
  document.addEventListener("pointerdown", (event) => !list.hidden && !host.contains(event.target) && close(false), { signal });
  return host;
}

function key(event, list, close) {
  const all = [...list.children];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Escape") close();
  else if (event.key === "Tab") { close(false); return; }
  else if (to !== undefined) all.at(to % all.length)?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
