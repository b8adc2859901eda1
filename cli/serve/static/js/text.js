// Words and numbers as people read them.

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A stored text made safe to look at: control characters are shown, not obeyed. */
export function plain(text) {
  return String(text ?? "").replace(CONTROL, (char) => {
    const code = char.codePointAt(0);
    if (code === 0x1b) return "\\x1b";
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code < 0x100) return `\\x${code.toString(16)}`;
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

const whole = new Intl.NumberFormat("en");

export const number = (value) => whole.format(value);

/** `1 shape`, `4,711 shapes`. */
export function count(n, word, many = `${word}s`) {
  return `${number(n)} ${n === 1 ? word : many}`;
}

/** A measured figure with as many digits as say something. */
export function figure(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return plain(value);
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return number(value);
  return Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

export const percent = (share) => `${Math.round(share * 100)} %`;

export function moment(iso) {
  const at = new Date(iso);
  return Number.isNaN(at.valueOf()) ? plain(iso) : at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export const short = (id) => id.slice(0, 8);

const FIELDS = { sdf: "signed distance", udf: "unsigned distance", occ: "occupancy" };

/** What the three letters of a field stand for. */
export const fieldWords = (field) => FIELDS[field] ?? plain(field);

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  const step = Math.min(3, Math.floor(Math.log2(n) / 10));
  return `${(n / 1024 ** step).toFixed(step > 1 ? 1 : 0)} ${["B", "kB", "MB", "GB"][step]}`;
}
