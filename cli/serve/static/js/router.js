// Which page is shown: addresses, and links that change them without a new document.

import { button, notice } from "./dom.js";

let routes = [];
let host = null;
let leaving = null;
let shown = 0;
let listening = false;

/** Names the pages, [pattern, page] each, and shows that of the present address. */
export function start(element, pages) {
  host = element;
  routes = pages;
  history.scrollRestoration = "manual";
  if (!listening) {
    addEventListener("popstate", show);
    document.addEventListener("click", follow);
    listening = true;
  }
  show();
}

/** Leaves the page that is shown. */
export function stop() {
  leaving?.abort();
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.hasAttribute("download") || link.target || /^\/(api|static)\//.test(link.pathname)) return;
  if (link.hash) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

/** Goes to an address; the place on the page that is left is remembered for the way back. */
export function go(address, state = null) {
  history.replaceState({ ...history.state, y: scrollY }, "");
  history.pushState(state, "", address);
  show();
}

/** Changes what the address says, without showing the page anew or a step in the history. */
export function note(address) {
  history.replaceState(history.state, "", address);
}

export async function show() {
  leaving?.abort();
  leaving = new AbortController();
  const signal = leaving.signal;
  const [page, match] = chosen();
  const first = shown++ === 0;
  host.replaceChildren();
  host.className = "";
  if (!history.state?.y) scrollTo(0, 0);
  dispatchEvent(new Event("route"));
  if (!first) host.focus({ preventScroll: true });
  try {
    await page(host, { match, words: new URLSearchParams(location.search), signal });
  } catch (error) {
    // A module that did not come: the server is away, or is another one by now.
    if (!signal.aborted) host.replaceChildren(notice("The page could not be fetched", error.message, button("Load it again", () => location.reload(), { class: "main" })));
  }
}

function chosen() {
  for (const [pattern, page] of routes) {
    const match = pattern.exec(location.pathname);
    if (match) return [page, match];
  }
  throw new Error("The last route takes every address.");
}

export function title(words) {
  document.title = words ? `${words} · inrstore` : "inrstore";
}
