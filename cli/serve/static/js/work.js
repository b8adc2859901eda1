// Work that takes a while and goes on whatever page one looks at: a box that tells how far it is and stops it.

import { ask, post, stopped } from "./api.js";
import { button, h } from "./dom.js";
import { follow, stage } from "./job.js";
import { plain } from "./text.js";
import { toast } from "./toast.js";

/** A box with words, a bar and Cancel; `tell(words, share)` with a share of null where nobody knows it. */
export function working(words, { cancel = null } = {}) {
  const stop = new AbortController();
  const bar = h("progress", { max: 1, "aria-label": "How far it is" });
  const line = h("span", {}, words);
  const end = button("Cancel", () => {
    end.disabled = true;
    if (cancel) cancel();
    else stop.abort();
  }, { class: "plain" });
  const box = h("div", { class: "toast work" }, h("div", { class: "grow" }, line, bar), end);
  document.getElementById("toasts").append(box);
  const tell = (said, share = null) => {
    if (line.textContent !== said) line.textContent = said;
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
  };
  return { tell, close: () => box.remove(), signal: stop.signal };
}

/** Starts a job of the server and follows it; gives its result, or undefined where there is none (which is told). */
export async function run(words, path, body) {
  let job = null;
  let wanted = true;
  const stop = () => job && ask(`/jobs/${job}`, { method: "DELETE" }).catch((error) => toast(error.message, { bad: true }));
  const box = working(`${words}…`, { cancel: () => { wanted = false; stop(); } });
  try {
    ({ job } = await post(path, body));
    if (!wanted) stop();
    const end = await follow(job, (state) => box.tell(`${words}: ${plain(stage(state))}`, state.total ? state.done / state.total : null));
    if (end.state === "done") return end.result ?? {};
    if (wanted) throw new Error(end.message || `${words} did not come to its end. Start it again.`);
    toast(`${words}: cancelled.`);
  } catch (error) {
    if (!stopped(error)) toast(error.message, { bad: true });
  } finally {
    box.close();
  }
  return undefined;
}
