// Labels and tags: given to many shapes at once, and taken back.

import { post } from "./api.js";
import { changed, refresh } from "./store.js";
import { count, plain } from "./text.js";
import { attempt, toast } from "./toast.js";

const AT_ONCE = 1000;

/** Sends many ids in parts; gives what can be undone. */
async function inParts(path, ids, body) {
  const undo = [];
  let n = 0;
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const answer = await post(path, { ids: ids.slice(from, from + AT_ONCE), ...body });
    undo.push(answer.undo);
    n += answer.changed;
  }
  return { n, undo };
}

/** Gives shapes a label, or takes it away, with a way back. */
export async function relabel(shapes, label) {
  const ids = shapes.map((shape) => shape.id);
  const done = await attempt(() => inParts("/labels", ids, { label }));
  if (!done) return false;
  await refresh().catch(() => {});
  changed(ids, { change: { label } });
  const words = label === null ? `${count(done.n, "shape")} without a label now.` : `${count(done.n, "shape")} labelled ${plain(label)}.`;
  toast(words, { undo: () => back(done.undo, shapes) });
  return true;
}

export async function retag(shapes, tags) {
  const ids = shapes.map((shape) => shape.id);
  const done = await attempt(() => inParts("/tags", ids, { tags }));
  if (!done) return false;
  await refresh().catch(() => {});
  changed(ids, { tags: true });
  toast(`Tags of ${count(done.n, "shape")} changed.`, { undo: () => back(done.undo, null, ids) });
  return true;
}

async function back(undo, shapes, ids = []) {
  const done = await attempt(async () => {
    for (const one of undo) await post(`/undo/${one}`);
    return true;
  });
  if (!done) return;
  await refresh().catch(() => {});
  if (!shapes) changed(ids, { tags: true });
  for (const [label, alike] of Map.groupBy(shapes ?? [], (shape) => shape.label)) {
    // Of shapes that one has not seen one does not know what they were: what is shown is asked for again.
    changed(alike.map((shape) => shape.id), label === undefined ? { again: true } : { change: { label } });
  }
  toast("It is as it was.");
}
