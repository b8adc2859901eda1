// Starts the gallery: the head of the page, the pages, the keys that work everywhere.

import { back, lose, onUnauthorized, server } from "./api.js";
import * as bar from "./bar.js";
import { compare } from "./compare.js";
import { showKeys } from "./dialog.js";
import { button, debounce, h, icon, notice } from "./dom.js";
import * as drop from "./drop.js";
import { gallery, typed } from "./gallery.js";
import { signIn } from "./login.js";
import { mapPage } from "./map.js";
import { review } from "./review.js";
import { go, start, title } from "./router.js";
import * as selection from "./selection.js";
import { shapePage } from "./shape.js";
import { refresh, store } from "./store.js";
import { plain } from "./text.js";
import { themeButton } from "./theme.js";

const PAUSE = 150;
const PAGES = [[/^\/$/, gallery], [/^\/shapes\/([0-9a-f]{4,64})$/, shapePage], [/^\/compare$/, compare], [/^\/map$/, mapPage], [/^\/review$/, review], [/^/, nowhere]];
const NAMES = [["/", "Gallery"], ["/map", "Map"], ["/review", "Review"]];

async function nowhere(host) {
  title("No such page");
  host.replaceChildren(notice("There is no such page", "The address has a slip, or the page has moved.", h("a", { class: "button main", href: "/" }, "To the gallery")));
}

function head() {
  const box = h("input", { type: "search", id: "search", placeholder: "Search names, labels, tags", "aria-label": "Search", autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });
  const later = debounce(PAUSE, () => typed(box.value.trim()));
  box.addEventListener("input", later);
  const submit = (event) => {
    event.preventDefault();
    if (!typed(box.value.trim())) go(`/?q=${encodeURIComponent(box.value.trim())}`);
  };
  const links = NAMES.map(([address, words]) => h("a", { href: address }, words));
  document.getElementById("top").replaceChildren(
    h("a", { class: "brand", href: "/", "aria-label": `${plain(store.name)}: the gallery` }, h("img", { src: "/static/icon.svg", alt: "", width: 24, height: 24 }), h("span", {}, plain(store.name) || "inrstore")),
    h("nav", { "aria-label": "Pages" }, links),
    h("form", { role: "search", class: "find", on: { submit } }, icon("search"), box),
    h("div", { class: "signs" },
      store.searchable ? button(h("span", { class: "row" }, icon("upload"), h("span", { class: "wide" }, "Find by file")), drop.choose, { class: "byfile", "aria-label": "Find by file", title: "Find what is like a file" }) : null,
      themeButton(),
      button(icon("keys"), showKeys, { class: "plain sign", title: "Keys (?)", "aria-label": "Keys" })),
  );
  addEventListener("route", () => {
    if (document.activeElement !== box) box.value = new URLSearchParams(location.search).get("q") ?? "";
    for (const link of links) {
      if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  });
}

/** Keys that work everywhere but in fields. */
function keys(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest?.("input:not([type=checkbox]):not([type=range]), select, textarea");
  if (event.key === "Escape") return escape(field);
  if (field || document.querySelector("dialog[open]")) return undefined;
  const does = { "/": () => document.getElementById("search").select(), "?": showKeys, c: bar.compare, g: () => go("/"), p: () => go("/map"), r: () => go("/review") }[event.key];
  if (!does) return undefined;
  event.preventDefault();
  return does();
}

function escape(field) {
  if (document.querySelector("dialog[open]")) return;
  const panel = document.querySelector(".side.open");
  if (panel) document.querySelector(".opener").click();
  else if (field) field.blur();
  else if (selection.size()) selection.clear();
  else if (location.pathname !== "/" || location.search) go("/");
}

/** Says when the server is away, and asks until it is back. */
function watch() {
  const line = document.getElementById("lost");
  let timer = 0;
  server.addEventListener("lost", () => {
    line.hidden = false;
    line.textContent = "The server does not answer. See that inrstore serve is running.";
    clearTimeout(timer);
    timer = setTimeout(() => fetch("/healthz").then(back, lose), 3000);
  });
  server.addEventListener("found", () => {
    clearTimeout(timer);
    line.hidden = true;
  });
}

async function begin() {
  onUnauthorized(signIn);
  watch();
  const page = document.getElementById("page");
  try {
    await refresh();
  } catch (error) {
    page.replaceChildren(notice("The store could not be opened", error.message, button("Try again", begin, { class: "main" })));
    return;
  }
  head();
  bar.start();
  drop.listen();
  document.addEventListener("keydown", keys);
  start(page, PAGES);
}

begin();
