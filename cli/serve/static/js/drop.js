// A file that is dropped anywhere, pasted or chosen: a picture, or a shape that is sent with its progress.

import * as album from "./album.js";
import { stopped } from "./api.js";
import { h, say } from "./dom.js";
import { follow } from "./job.js";
import { go } from "./router.js";
import { store } from "./store.js";
import { bytes, number, percent, plain } from "./text.js";
import { toast } from "./toast.js";
import { upload } from "./upload.js";
import { working } from "./work.js";

const PICTURE = /\.(png|jpe?g|jfif|webp|gif|bmp|tiff?|svg|avif|heic|ico)$/i;
const DRAWN = /^image\/(?!vnd\.)/; // Drawings of CAD programs have types such as image/vnd.dxf.
const UNNAMED = "image.png"; // What browsers call a picture that was copied.

let kept = null;

/** The last answer for a file, as the gallery's page of it shows; null when there is none. */
export const lastAnswer = () => kept?.answer ?? null;

/** Listens to files over the whole page. */
export function listen() {
  const zone = document.getElementById("drop");
  zone.append(h("p", {}, "Drop a shape or a picture to find what is like it"));
  const carries = (event) => store.searchable && [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragenter", (event) => { if (carries(event)) zone.hidden = false; });
  addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.hidden = true; });
  addEventListener("drop", (event) => {
    zone.hidden = true;
    if (!carries(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    const words = event.target.closest?.("input, textarea") && event.clipboardData.getData("text/plain");
    if (!file || words || !store.searchable || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    take(file.name === UNNAMED ? new File([file], "pasted picture", { type: file.type }) : file);
  });
}

/** Lets one choose a file of either kind. */
export const choose = () => chosen({ "aria-label": "File to search with" });

export const choosePicture = () => chosen({ "aria-label": "Picture to search with", accept: "image/*" });

function chosen(attributes) {
  const input = h("input", { type: "file", ...attributes });
  input.addEventListener("change", () => take(input.files[0]));
  input.click();
}

/** Searches with a file as what it is. */
function take(file) {
  if (!file) return undefined;
  return PICTURE.test(file.name) || DRAWN.test(file.type) ? picture(file) : search(file);
}

async function picture(file) {
  if (fits(file, "Make it smaller.")) go(`/?picture=${await album.keep(file)}`);
}

/** Whether a file may be sent; else it is said what to do. */
function fits(file, advice) {
  const most = store.upload?.bytes;
  if (!most || file.size <= most) return true;
  toast(`${plain(file.name)} has ${bytes(file.size)}, and at most ${bytes(most)} can be sent. ${advice}`, { bad: true });
  return false;
}

export async function search(file) {
  const name = plain(file.name);
  if (!fits(file, "Simplify it, or ingest it with inrstore ingest.")) return;
  const form = new FormData();
  form.append("file", file);
  const { tell, close, signal } = working(`Sending ${name}…`);
  const sent = (share) => tell(share < 1 ? `Sending ${name}, ${percent(share)}` : `Reading ${name}…`, share < 1 ? share : null);
  try {
    const answer = await upload("/search?k=48", form, { sent, told: (state) => tell(...far(state)), signal });
    kept = { answer, file };
    say(`Found ${answer.hits.length} shapes like ${name}`);
    go("/?file=" + encodeURIComponent(file.name));
  } catch (error) {
    if (!stopped(error)) toast(`${name}: ${error.message}`, { bad: true });
  } finally {
    close();
  }
}

/** How far the server is with a file, in words, and the share where it is known. */
function far({ stage, done, total }) {
  const words = plain(stage || "working");
  const name = words.charAt(0).toUpperCase() + words.slice(1);
  return total ? [`${name} ${number(done ?? 0)} of ${number(total)}`, (done ?? 0) / total] : [`${name}…`, null];
}

/** Stores the file that was searched with. */
export async function keep(pressed) {
  if (!kept) return;
  pressed.disabled = true;
  const form = new FormData();
  form.append("file", kept.file);
  try {
    const { job } = await upload("/shapes", form);
    pressed.textContent = "Being stored…";
    const end = await follow(job, () => {});
    if (end.state !== "done") throw new Error(end.message || "It was not stored. Try again.");
    pressed.textContent = "Stored";
    toast(`${plain(kept.file.name)} is stored.`);
  } catch (error) {
    pressed.disabled = false;
    pressed.textContent = "Store it as well";
    toast(error.message, { bad: true });
  }
}
