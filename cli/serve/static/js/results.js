// What is nearest to a shape or to a file: the query's own surface on top, then the hits.

import { get, query, stopped } from "./api.js";
import { button, choice, h, notice } from "./dom.js";
import { hitList } from "./hits.js";
import { go, title } from "./router.js";
import { count, fieldWords, plain, short } from "./text.js";
import { Viewer } from "./viewer.js";

const POSES = [["up", "turned about the vertical"], ["none", "as they stand"], ["free", "turned any way"]];

/** The page of what is like a stored shape. */
export async function likeShape(host, id, words, signal) {
  const pose = words.get("pose") ?? "up";
  const body = h("div", { class: "results" }, h("p", { class: "soft" }, "Looking for what is like it…"));
  host.replaceChildren(body);
  try {
    const found = await get(`/shapes/${id}/neighbours${query({ k: 48, pose })}`, { signal });
    const name = plain(found.query.name);
    title(`Like ${name}`);
    const poses = choice("Compared", POSES, pose, (value) => go(`/?like=${id}&pose=${value}`));
    show(body, `Like ${name}`, `/shapes/${found.query.id}/surface`, found.hits, signal, [
      h("p", { class: "soft" }, `${count(found.hits.length, "shape")}, nearest first`), poses,
      h("p", { class: "row" }, h("a", { class: "button", href: `/shapes/${found.query.id}` }, "Open the shape")),
    ]);
  } catch (error) {
    if (!stopped(error)) body.replaceChildren(notice("This could not be searched", error.message, h("a", { class: "button", href: "/" }, "Back to the gallery")));
  }
}

/** The page of what is like a file that was dropped. */
export function likeFile(host, answer, signal, store) {
  const { query: asked, hits } = answer;
  title(`Like ${plain(asked.name)}`);
  const body = h("div", { class: "results" });
  host.replaceChildren(body);
  const stored = asked.stored
    ? h("p", { class: "row" }, h("a", { class: "button", href: `/shapes/${asked.stored}` }, `It is stored: ${short(asked.stored)}`))
    : store && h("p", { class: "row" }, button("Store it as well", (event) => store(event.currentTarget), { class: "main" }));
  show(body, `Like ${plain(asked.name)}`, asked.surface, hits, signal, [
    h("p", { class: "soft" }, [asked.kind && plain(asked.kind), asked.field && fieldWords(asked.field), `${count(hits.length, "shape")} in ${answer.seconds.toFixed(1)} s, nearest first`].filter(Boolean).join(" · ")), stored,
  ]);
}

function show(body, name, surface, hits, signal, about) {
  const place = h("div", { class: "stage small" });
  const list = hits.length ? hitList(hits, signal) : notice("Nothing is like it", "The store has no other shape yet. Ingest more, and search again.");
  body.replaceChildren(h("div", { class: "asked" }, place,
    h("div", { class: "words" }, h("h1", {}, name), about, h("p", { class: "row" }, h("a", { class: "button", href: "/" }, "All shapes")))), list);
  const viewer = new Viewer(place, { label: `The surface of the query, ${name}`, signal });
  viewer.load(surface + "?resolution=128");
}
