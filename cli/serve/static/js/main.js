// Starts the gallery: the head of the page, the pages, the keys that work everywhere.

import { back, lose, onUnauthorized, server } from "./api.js";
import * as bar from "./bar.js";
import { box } from "./box.js";
import { showKeys } from "./dialog.js";
import { button, h, icon, notice } from "./dom.js";
import * as drop from "./drop.js";
import { gallery } from "./gallery.js";
import { signIn } from "./login.js";
import { go, start, stop, title } from "./router.js";
import * as selection from "./selection.js";
import { changes, refresh, store } from "./store.js";
import { plain } from "./text.js";
import { themeButton } from "./theme.js";

const SIGN = new URL("../icon.svg", import.meta.url).pathname;
// What draws in 3-D is large, and fetched with the first page that does.
const PAGES = [
  [/^\/$/, gallery],
  [/^\/shapes\/([0-9a-f]{4,64})$/, async (...given) => (await import("./shape.js")).shapePage(...given)],
  [/^\/compare$/, async (...given) => (await import("./compare.js")).compare(...given)],
  [/^\/map$/, async (...given) => (await import("./map.js")).mapPage(...given)],
  [/^\/review$/, async (...given) => (await import("./review.js")).review(...given)],
  [/^/, nowhere],
];
const NAMES = [["/", "Gallery"], ["/map", "Map"], ["/review", "Review"]];

async function nowhere(host) {
  title("No such page");
  host.replaceChildren(notice("There is no such page", "The address has a slip, or the page has moved.", h("a", { class: "button main", href: "/" }, "To the gallery")));
}

function head() {
  const links = NAMES.map(([address, words]) => h("a", { href: address }, words));
  const name = h("span", {}, "inrstore");
  const brand = h("a", { class: "brand", href: "/" }, h("img", { src: SIGN, alt: "", width: 24, height: 24 }), name);
  const byFile = button(h("span", { class: "row" }, icon("upload"), h("span", { class: "wide" }, "Find by file")), drop.choose, { class: "byfile", "aria-label": "Find by file", title: "Find what is like a file: a shape or a picture", hidden: true });
  document.getElementById("top").replaceChildren(
    brand,
    h("nav", { "aria-label": "Pages" }, links),
    box(),
    h("div", { class: "signs" }, byFile, themeButton(), button(icon("keys"), showKeys, { class: "plain sign", title: "Keys (?)", "aria-label": "Keys" })),
  );
  const known = () => {
    name.textContent = plain(store.name) || "inrstore";
    brand.setAttribute("aria-label", `${name.textContent}: the gallery`);
    byFile.hidden = !store.searchable;
    document.body.classList.toggle("searchable", store.searchable);
  };
  changes.addEventListener("store", known);
  known();
  addEventListener("route", () => {
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

/** Pages but the gallery want to know the store before they are shown; that is what most open, and wants its shapes first. */
async function begin() {
  const page = document.getElementById("page");
  const early = location.pathname === "/" && !/[?&](file|like|picture)=/.test(location.search);
  if (early) start(page, PAGES);
  try {
    await refresh();
  } catch (error) {
    stop();
    page.replaceChildren(notice("The store could not be opened", error.message, button("Try again", begin, { class: "main" })));
    return;
  }
  if (!early) start(page, PAGES);
}

onUnauthorized(signIn);
watch();
head();
bar.start();
drop.listen();
document.addEventListener("keydown", keys);
begin();
