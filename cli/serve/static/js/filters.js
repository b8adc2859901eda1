// Which shapes are shown, as the address has it: values of facts, ranges of figures, and conditions of any kind.

import { fieldWords, plain } from "./text.js";

/** Facts of which several values can be chosen at once. */
export const FACTS = ["label", "field", "kind", "profile"];
/** Figures of which one range can be. In addresses it is its conditions, with a comma between. */
export const RANGES = ["size", "error"];
const NONE = "\u2205"; // In addresses: shapes that have no label.
const ENDS = /^[a-z:_]+(>=|<=|>|<)(-?[\d.]+(?:e[+-]?\d+)?)$/i;

/** How a value of the API is written in an address. */
export const keyOf = (fact, { value, where }) => (RANGES.includes(fact) ? where.join(",") : value ?? NONE);

const escaped = (value) => (value === NONE ? "" : value.replaceAll("|", "\\|"));

/** All that is chosen, in the order of the facts: [fact, key] each. */
export function chosen(words) {
  return [...FACTS, ...RANGES, "where"].flatMap((fact) => words.getAll(fact).map((key) => [fact, key]));
}

/** The conditions of the API: the values of a fact are alternatives, all else holds together. */
export function conditions(words) {
  const facts = FACTS.filter((fact) => words.has(fact)).map((fact) => {
    const keys = words.getAll(fact);
    // What is alone and empty means none; among others it comes last.
    return `${fact}=${[...keys.filter((key) => key !== NONE), ...keys.filter((key) => key === NONE)].map(escaped).join("|")}`;
  });
  return [...facts, ...RANGES.flatMap((fact) => words.getAll(fact).flatMap((key) => key.split(","))), ...words.getAll("where")];
}

/** Chooses a value or lets it go. */
export function toggle(words, fact, key) {
  const keys = words.getAll(fact);
  words.delete(fact);
  const after = keys.includes(key) ? keys.filter((one) => one !== key) : RANGES.includes(fact) ? [key] : [...keys, key];
  for (const one of after) words.append(fact, one);
}

export function clear(words) {
  for (const fact of [...FACTS, ...RANGES, "where"]) words.delete(fact);
}

/** A value in words; `named` where they stand apart from the name of the fact. */
export function valueWords(fact, key, named = false) {
  if (fact === "where") return plain(key);
  if (RANGES.includes(fact)) return named ? `${fact} ${range(key)}` : range(key);
  if (key === NONE) return `no ${fact}`;
  return fact === "field" ? fieldWords(key) : plain(key);
}

/** `10 to 100`, `under 10`, `100 or more`. */
function range(key) {
  const ends = key.split(",").map((one) => ENDS.exec(one));
  if (!ends.every(Boolean)) return plain(key.replaceAll(",", " and "));
  const least = ends.find(([, sign]) => sign.startsWith(">"))?.[2];
  const most = ends.find(([, sign]) => sign.startsWith("<"))?.[2];
  if (least === undefined) return `under ${most}`;
  return most === undefined ? `${least} or more` : `${least} to ${most}`;
}
