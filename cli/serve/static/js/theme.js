// Light, dark, or as the system has it.

import { button, icon } from "./dom.js";

const KEY = "inrstore-theme";
const NEXT = { auto: "light", light: "dark", dark: "auto" };
const SIGN = { auto: "auto", light: "sun", dark: "moon" };
const WORDS = { auto: "as the system", light: "light", dark: "dark" };

/** Tells of changes, to those who draw on their own. */
export const themes = new EventTarget();

function kept() {
  try {
    return localStorage.getItem(KEY) ?? "auto";
  } catch {
    return "auto"; // Storage may be forbidden.
  }
}

function apply(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  themes.dispatchEvent(new Event("change"));
}

export function themeButton() {
  let theme = kept();
  const name = () => `Colours: ${WORDS[theme]}`;
  const toggle = button(icon(SIGN[theme] ?? "auto"), () => {
    theme = NEXT[theme] ?? "auto";
    try { localStorage.setItem(KEY, theme); } catch { /* It lasts for this page then. */ }
    apply(theme);
    toggle.replaceChildren(icon(SIGN[theme]));
    toggle.title = name();
    toggle.setAttribute("aria-label", name());
  }, { class: "plain sign", title: name(), "aria-label": name() });
  return toggle;
}

/** A colour of the present theme, as CSS has it. */
export function colour(name) {
  // Of a variable one gets the words alone, light and dark; of an element the colour that they come to.
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export const isDark = () => {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

apply(kept());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => themes.dispatchEvent(new Event("change")));
