// Elements without markup: every text that comes from a store goes through textContent.

/**
 * An element. `on` in the attributes holds listeners; true and false set or leave out an attribute; strings among the
 * children become text.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "value" || name === "checked" || name === "indeterminate") {
      element[name] = value;
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const DRAWN = {
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14z M16 16l4.5 4.5",
  close: "M6 6l12 12 M18 6L6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M12 2v2 M12 20v2 M2 12h2 M20 12h2 M5 5l1.4 1.4 M17.6 17.6L19 19 M5 19l1.4-1.4 M17.6 6.4L19 5",
  moon: "M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M12 3v18 M12 7l5 4 M12 12l5 4",
  picture: "M4 5h16v14H4z M4 16l5-5 4 4 3-3 4 4 M15.500 8.200v.3",
  keys: "M9.2 9a3 3 0 1 1 4.3 2.7c-1 .6-1.5 1.1-1.5 2.3 M12 17.5v.3",
  upload: "M12 16V5 M7.5 9.5L12 5l4.5 4.5 M5 19h14",
  like: "M4 4h7v7H4z M13 4h7v7h-7z M4 13h7v7H4z M16.5 14v5 M14 16.5h5",
  filter: "M4 7h16 M7 12h10 M10 17h4",
  lasso: "M12 4c5 0 8 2.300 8 5s-3 5-8 5-8-2.300-8-5 3-5 8-5z M8 13.500c0 3 1 4.500 1 7",
};

/** A drawn sign of 20 pixels, for eyes alone. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", DRAWN[name]);
  svg.append(path);
  return svg;
}

export function button(text, click, attributes = {}) {
  return h("button", { type: "button", ...attributes, on: { click } }, text);
}

/** A choice among [value, words] pairs, with its name before it. */
export function choice(name, pairs, value, change, attributes = {}) {
  const select = h(
    "select",
    { "aria-label": name, on: { change: () => change(select.value) } },
    pairs.map(([worth, words]) => h("option", { value: worth, selected: worth === value }, words)),
  );
  return h("label", { class: "choice", ...attributes }, h("span", { "aria-hidden": "true" }, name), select);
}

/** Says a sentence to those who listen to the page. */
export function say(sentence) {
  document.getElementById("said").textContent = sentence;
}

/** A sentence in the place of what is not there, with what to do about it. */
export function notice(title, sentence, ...actions) {
  return h("div", { class: "notice" }, h("h2", {}, title), h("p", {}, sentence), actions.length ? h("p", { class: "row" }, actions) : null);
}

/** Calls at most once a pause of `ms`. */
export function debounce(ms, call) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), ms);
  };
}
