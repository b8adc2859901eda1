// What the page in view shows, for those who do something with all of it.

import * as selection from "./selection.js";
import { number } from "./text.js";
import { attempt } from "./toast.js";
import { working } from "./work.js";

/** What can be taken at once. */
export const MOST = 10_000;
const STEP = 500;

/** Tells when something else is shown. */
export const shown = new EventTarget();

let present = null;

/** {total, question, range(first, last)} of the gallery in view; null on pages that show no such list. */
export const all = () => present;

export function show(list) {
  present = list;
  shown.dispatchEvent(new Event("change"));
}

/** Selects all that is shown, as far as it can be taken at once; true if it came to its end. */
export async function pick() {
  const list = present;
  const n = Math.min(MOST, list.total);
  const box = n > STEP ? working("Selecting…") : null;
  const found = [];
  const done = await attempt(async () => {
    for (let from = 0; from < n; from += STEP) {
      box?.signal.throwIfAborted();
      box?.tell(`Selecting ${number(from)} of ${number(n)}`, from / n);
      found.push(...await list.range(from, Math.min(n, from + STEP) - 1));
    }
    selection.set(found, true);
    return true;
  });
  box?.close();
  return done ?? false;
}
