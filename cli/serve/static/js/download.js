// Files to take away.

import { choice, h } from "./dom.js";
import { query } from "./api.js";
import { store } from "./store.js";

const FINE = [["64", "64"], ["128", "128"], ["256", "256"]];
const EXACT = ["inr"];

/** A choice of format and resolution with a link that fetches; `address(format, resolution)` is where from. */
export function downloads(address, words) {
  let [format, resolution] = [store.formats[0] ?? "obj", "128"];
  const link = h("a", { class: "button main", download: true }, words);
  const fine = choice("Resolution", FINE, resolution, (value) => { resolution = value; aim(); });
  const aim = () => {
    fine.hidden = EXACT.includes(format);
    link.href = address(format, EXACT.includes(format) ? null : resolution);
  };
  const kind = choice("Format", store.formats.map((one) => [one, one]), format, (value) => { format = value; aim(); });
  aim();
  return h("div", { class: "row wrap" }, kind, fine, link);
}

export const shapeFile = (id) => (format, resolution) => `/api/v1/shapes/${id}/export${query({ format, resolution })}`;
export const zipFile = (ids) => (format, resolution) => `/api/v1/export${query({ id: ids, format, resolution })}`;
