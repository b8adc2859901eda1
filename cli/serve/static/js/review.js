// The review: duplicates that were found, and labels that were proposed. Nothing is ever deleted.

import { h } from "./dom.js";
import { Duplicates } from "./duplicates.js";
import { Proposals } from "./proposals.js";
import { note, title } from "./router.js";
import { store } from "./store.js";

export async function review(host, { words, signal }) {
  title("Review");
  host.className = "review";
  const tabs = [["duplicates", "Duplicates", Duplicates]];
  if (store.classifiers.length || store.words) tabs.push(["labels", "Proposed labels", Proposals]);
  const body = h("div", { class: "panel", role: "tabpanel", id: "panel", tabindex: "0" });
  let leave = null;
  const buttons = tabs.map(([key, name, Page]) => {
    const press = () => {
      leave?.abort();
      leave = new AbortController();
      for (const one of buttons) {
        one.setAttribute("aria-selected", String(one.dataset.key === key));
        one.tabIndex = one.dataset.key === key ? 0 : -1;
      }
      body.setAttribute("aria-label", name);
      note(key === "duplicates" ? "/review" : `/review?show=${key}`);
      new Page(body, AbortSignal.any([signal, leave.signal])).begin();
    };
    return h("button", { type: "button", role: "tab", "data-key": key, "aria-controls": "panel", on: { click: press } }, name);
  });
  const row = h("div", { class: "tabs", role: "tablist", "aria-label": "What to review", on: { keydown: (event) => turn(event, buttons) } }, buttons);
  host.replaceChildren(h("div", { class: "heading" }, h("h1", {}, "Review"), h("p", { class: "soft" }, "Decisions and labels are kept. Nothing is ever deleted.")), row, body);
  (buttons.find((one) => one.dataset.key === words.get("show")) ?? buttons[0]).click();
}

function turn(event, buttons) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const at = buttons.indexOf(document.activeElement);
  const next = buttons[(at + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
}
