// The shapes that are selected, on every page the same, and in the order in which they were.

const chosen = new Map();

/** Tells of every change. */
export const selection = new EventTarget();

function told() {
  selection.dispatchEvent(new Event("change"));
}

export const ids = () => [...chosen.keys()];
export const tiles = () => [...chosen.values()];
export const has = (id) => chosen.has(id);
export const size = () => chosen.size;

/** Selects shapes or lets them go; tiles need only an id. */
export function set(shapes, on) {
  for (const shape of shapes) {
    if (on) chosen.set(shape.id, shape);
    else chosen.delete(shape.id);
  }
  told();
}

export function toggle(shape) {
  set([shape], !has(shape.id));
}

export function clear() {
  chosen.clear();
  told();
}
