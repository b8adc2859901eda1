// The tools beside a viewer: reset, wires, section, measure.

import { button, choice, h } from "./dom.js";
import { figure } from "./text.js";

/** A row of tools for a viewer; `scale` turns its radii into units of the source. */
export function tools(viewer, scale) {
  const wires = flip("Wires", (on) => viewer.wireframe(on));
  return h("div", { class: "tools3d" },
    h("div", { class: "row wrap" }, button("Reset the view", () => viewer.reset()), wires, ...section(viewer), ...measure(viewer, scale)));
}

/** A button that stays pressed. */
export function flip(words, told) {
  const it = button(words, () => {
    const on = it.getAttribute("aria-pressed") !== "true";
    it.setAttribute("aria-pressed", String(on));
    told(on);
  }, { "aria-pressed": "false" });
  return it;
}

function section(viewer) {
  let axis = "x";
  const slider = h("input", { type: "range", min: -1, max: 1, step: 0.01, value: 0, "aria-label": "Where the section is", on: { input: () => cut() } });
  const cut = () => viewer.section(axis, Number(slider.value));
  const axes = choice("Axis", [["x", "x"], ["y", "y"], ["z", "z"]], axis, (value) => { axis = value; cut(); });
  const more = h("span", { class: "row", hidden: true }, axes, slider);
  const toggle = flip("Section", (on) => {
    more.hidden = !on;
    if (on) cut();
    else viewer.section(null);
  });
  return [toggle, more];
}

function measure(viewer, scale) {
  const says = h("output", { class: "soft", "aria-live": "polite" });
  const told = (distance, points) => {
    says.textContent = distance === null
      ? ["Click a point of the surface.", "Click a second point."][points] ?? ""
      : `${figure(distance * scale)} in the source's units`;
  };
  const toggle = flip("Measure", (on) => {
    if (on) told(null, 0);
    else says.textContent = "";
    viewer.ruler?.use(on ? told : null);
  });
  return [toggle, says];
}
