// Pictures that were asked with: this browser keeps the last ones, so that the way back and a reload find them.

const NAME = "inrstore";
const SHELF = "pictures";
export const KEPT = 20;

const here = new Map(); // Of this document, where the browser keeps nothing.

/** Keeps a picture; gives the name that `find` knows it by. Names are in the order in which pictures came. */
export async function keep(file) {
  const name = Date.now().toString(36).padStart(9, "0") + Math.random().toString(36).slice(2, 6);
  here.set(name, file);
  try {
    await done(await shelf("readwrite"), (all) => all.put(file, name));
    const names = await done(await shelf("readonly"), (all) => all.getAllKeys());
    for (const old of names.slice(0, -KEPT)) await done(await shelf("readwrite"), (all) => all.delete(old));
  } catch { /* A private window, or a full disk: it is known as long as the page is open. */ }
  return name;
}

/** The picture, or null where it is not kept any more. */
export async function find(name) {
  if (here.has(name)) return here.get(name);
  try {
    return (await done(await shelf("readonly"), (all) => all.get(name))) ?? null;
  } catch {
    return null;
  }
}

async function shelf(mode) {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(SHELF);
  const base = await settled(asked);
  return { base, all: base.transaction(SHELF, mode).objectStore(SHELF) };
}

async function done({ base, all }, act) {
  try {
    return await settled(act(all));
  } finally {
    base.close();
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}
