// What the page knows of the store as a whole.

import { get } from "./api.js";

/** Nobody may do anything until it is filled; "store" of the changes tells when it is, and when it is anew. */
export const store = { name: "", shapes: 0, read_only: true, searchable: false, labels: [], tags: [], classifiers: [], words: false, segmenters: [], formats: [], upload: {} };

export async function refresh() {
  Object.assign(store, await get("/store"));
  changes.dispatchEvent(new Event("store"));
}

/** Tells of changes that pages in view should take up: "changed", with the ids in `detail`. */
export const changes = new EventTarget();

export function changed(ids, what = {}) {
  changes.dispatchEvent(new CustomEvent("changed", { detail: { ids: new Set(ids), ...what } }));
}
