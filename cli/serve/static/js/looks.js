// The page of what looks like a picture: the picture, what was made of it, and the hits with their reasons.

import { post, stopped } from "./api.js";
import * as album from "./album.js";
import { button, h, icon, notice, say } from "./dom.js";
import { choosePicture } from "./drop.js";
import { hitList, labelWords } from "./hits.js";
import { go, title } from "./router.js";
import { count, plain } from "./text.js";

const HITS = 48;
const KINDS = {
  cut: "the object was cut out of what is behind it",
  sketch: "taken as a drawing",
  photo: "the whole picture was compared",
};

export async function likePicture(host, name, signal) {
  const body = h("div", { class: "results" });
  host.replaceChildren(body);
  title("Like a picture");
  const file = await album.find(name);
  if (signal.aborted) return;
  if (!file) {
    body.replaceChildren(notice("The picture is not here any more", `This browser keeps the last ${album.KEPT} pictures that were asked with. Drop it again, paste it, or choose it.`, another(), h("a", { class: "button", href: "/" }, "All shapes")));
    return;
  }
  const called = plain(file.name);
  title(`Like ${called}`);
  const told = h("div", { class: "told", "aria-live": "polite" }, h("p", { class: "soft" }, "Looking for what looks like it…"));
  const hits = h("div", {});
  body.replaceChildren(h("div", { class: "asked" }, seen(file, called, signal), h("div", { class: "words" }, h("h1", {}, `Like ${called}`), told, h("p", { class: "row" }, h("a", { class: "button", href: "/" }, "All shapes")))), hits);
  try {
    const form = new FormData();
    form.append("file", file);
    show(await post(`/picture?k=${HITS}`, form, { signal }), told, hits, signal);
  } catch (error) {
    if (stopped(error)) return;
    told.replaceChildren();
    hits.replaceChildren(notice("The picture was not taken", plain(error.message), another()));
    say(plain(error.message));
  }
}

/** The picture in small, with a way to take it away. */
function seen(file, called, signal) {
  const address = URL.createObjectURL(file);
  signal.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
  const image = h("img", { alt: `The picture that was asked with, ${called}`, src: address });
  // Not every browser draws what the server reads, such as TIFF, and what is refused may be no picture.
  image.addEventListener("error", () => image.replaceWith(icon("picture")));
  return h("figure", { class: "given" }, image, button(icon("close"), () => go("/"), { class: "sign", "aria-label": "Remove the picture", title: "Remove the picture" }));
}

function show(found, told, hits, signal) {
  const said = [found.hits.length && `${count(found.hits.length, "shape")}, most alike first`, KINDS[found.kind]].filter(Boolean).join(" · ");
  told.replaceChildren(h("p", { class: "soft" }, said), ...found.notes.map((line) => h("p", { class: "soft" }, sentence(line))));
  hits.replaceChildren(found.hits.length ? hitList(found.hits, signal, labelWords) : notice("Nothing here is like that", "Another picture may do better: one thing alone, seen from the front or from the side, before something plain.", another()));
  say(found.hits.length ? `Found ${count(found.hits.length, "shape")} like the picture` : "Nothing here is like that");
}

function sentence(line) {
  const words = plain(line);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const another = () => button("Choose another picture", choosePicture, { class: "main" });
