// Dialogs: a question with a few fields, a list of keys, a picture in front of the page.

import { button, h } from "./dom.js";

/** Opens a dialog; resolves when it closes. `fill(dialog, close)` gives what is in it. */
export function dialog(title, fill, { wide = false } = {}) {
  const back = document.activeElement;
  const box = h("dialog", { class: wide ? "dialog wide" : "dialog", "aria-label": title });
  const close = (value) => box.close(value ?? "");
  box.append(
    h("header", {}, h("h2", {}, title), button("×", () => close(), { class: "plain", "aria-label": "Close" })),
    ...[fill(box, close)].flat(),
  );
  box.addEventListener("click", (event) => event.target === box && close());
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      back?.focus?.({ preventScroll: true });
      resolve(box.returnValue);
    });
  });
}

/** Asks for one or several texts; null when closed. Each field: {name, words, value, list, required}. */
export async function inquire(title, fields, done = "Save", hint = "") {
  let given = null;
  await dialog(title, (box, close) => {
    const inputs = fields.map((field, place) => h("input", {
      name: field.name, value: field.value ?? "", autocomplete: "off", required: field.required, type: field.type ?? "text", autofocus: place === 0,
      list: field.list ? `list${place}` : null, placeholder: field.hint ?? null,
    }));
    const submit = (event) => {
      event.preventDefault();
      given = Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()]));
      close();
    };
    return h("form", { on: { submit } },
      hint ? h("p", { class: "soft" }, hint) : null,
      fields.map((field, place) => h("label", { class: "line" }, h("span", {}, field.words), inputs[place], field.list
        ? h("datalist", { id: `list${place}` }, field.list.map((value) => h("option", { value }))) : null)),
      h("p", { class: "row end" }, button("Cancel", () => close()), h("button", { class: "main" }, done)));
  });
  return given;
}

const KEYS = [
  ["/", "Search"], ["Ctrl V", "Find what looks like a copied picture"], ["← ↑ ↓ →", "Move in the grid"], ["Home, End", "First and last shape"], ["Enter", "Open"],
  ["Space or x", "Select"], ["m", "More like this"], ["c", "Compare the selected shapes"], ["g, p, r", "Gallery, map, review"],
  ["Esc", "Close, or clear the selection"], ["?", "These keys"],
];

export function showKeys() {
  return dialog("Keys", () => h("dl", { class: "keys" }, KEYS.map(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)]).flat()));
}
