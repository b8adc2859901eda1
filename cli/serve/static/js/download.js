// Files to take away.

import { post, query } from "./api.js";
import { dialog } from "./dialog.js";
import { button, choice, h } from "./dom.js";
import { MOST } from "./shown.js";
import { store } from "./store.js";
import { count, number } from "./text.js";
import { attempt } from "./toast.js";

const FINE = [["64", "64"], ["128", "128"], ["256", "256"]];
const EXACT = ["inr"];

/** A choice of format and resolution before what fetches; `told(format, resolution)` on each change. */
function asked(told, act) {
  let [format, resolution] = [store.formats[0] ?? "obj", "128"];
  const fine = choice("Resolution", FINE, resolution, (value) => { resolution = value; aim(); });
  const aim = () => {
    fine.hidden = EXACT.includes(format);
    told(format, EXACT.includes(format) ? null : resolution);
  };
  const kind = choice("Format", store.formats.map((one) => [one, one]), format, (value) => { format = value; aim(); });
  aim();
  return h("div", { class: "row wrap" }, kind, fine, act);
}

/** The file of one shape. */
export function downloads(id) {
  const link = h("a", { class: "button main", download: true }, "Download");
  return asked((format, resolution) => { link.href = `/api/v1/shapes/${id}/export${query({ format, resolution })}`; }, link);
}

/** A dialog for many shapes, in one archive that the browser saves while the server makes it. */
export function exportMany(ids) {
  const few = ids.slice(0, MOST);
  let wanted = {};
  dialog(`Export ${count(few.length, "shape")}`, (box, close) => {
    const go = button("Download", async () => {
      go.disabled = true;
      if (await attempt(() => fetched({ ids: few, ...wanted }))) close();
      go.disabled = false;
    }, { class: "main" });
    return [
      ids.length > MOST ? h("p", {}, `At most ${number(MOST)} go into one file. For more, use inrstore export.`) : h("p", { class: "soft" }, "All in one zip file."),
      asked((format, resolution) => { wanted = { format, ...(resolution ? { resolution: Number(resolution) } : {}) }; }, go),
    ];
  });
}

async function fetched(body) {
  const { archive } = await post("/export/prepare", body);
  const link = h("a", { href: archive, download: true });
  document.body.append(link);
  link.click();
  link.remove();
  return true;
}
