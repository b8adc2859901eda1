// The HTTP API: one way to ask, which waits where it is told to, signs in where it must, and says what went wrong.

export const ROOT = "/api/v1";
export const PATIENCE = 5;
export const LOST = "The server does not answer. See that inrstore serve is running; the page goes on by itself then.";

/** An answer that is not what was asked for; its message says what to do. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(sentence(detail || title || `The server answered ${status}. Try again.`));
    this.status = status;
    this.title = title;
  }
}

function sentence(text) {
  const file = /^\S+\.\w/.test(text); // Some sentences begin with the name of a file.
  const whole = file ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** Tells of the server: "lost" when it stops answering, "found" when it answers again. */
export const server = new EventTarget();

let away = false;
let signIn = null;
let signing = null;

/** Names what asks for the token; resolves when there is one. */
export function onUnauthorized(form) {
  signIn = form;
}

/** Asks for the token once, however many wait for it. */
export async function signedIn() {
  signing ??= signIn().finally(() => { signing = null; });
  await signing;
}

export const stopped = (error) => error?.name === "AbortError";

export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

async function problem(answer) {
  const said = await answer.json().catch(() => ({}));
  return new Problem(answer.status, said.title, typeof said.detail === "string" ? said.detail : "");
}

/** Says that the server answers again; told only when it had been away. */
export function back() {
  if (!away) return;
  away = false;
  server.dispatchEvent(new Event("found"));
}

export function lose() {
  away = true;
  server.dispatchEvent(new Event("lost"));
}

async function send(url, options) {
  try {
    const answer = await fetch(url, options);
    back();
    return answer;
  } catch (error) {
    if (stopped(error) || options.signal?.aborted) throw new DOMException("Not wanted any more", "AbortError");
    lose();
    throw new Problem(0, "No answer", LOST);
  }
}

/** The answer to a question below /api/v1, however often it has to be asked. */
export async function ask(path, { method = "GET", body, signal } = {}) {
  const headers = {};
  if (method !== "GET") headers["X-Inrstore"] = "1";
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  const url = path.startsWith("/api/") ? path : ROOT + path;
  for (let tried = 0; ; tried += 1) {
    const answer = await send(url, { method, headers, body, signal });
    if (answer.status === 401 && signIn && !path.endsWith("/login")) {
      await signedIn();
    } else if (answer.status === 429 && tried < PATIENCE) {
      const told = Number(answer.headers.get("Retry-After")) || 0;
      await pause(Math.max(told * 1000, 300 * 2 ** tried) * (1 + Math.random() / 4), signal);
    } else if (!answer.ok) {
      throw await problem(answer);
    } else {
      return answer;
    }
  }
}

export const get = async (path, options) => (await ask(path, options)).json();
export const post = async (path, body, options) => (await ask(path, { ...options, method: "POST", body: body ?? {} })).json();

/** `?name=value&...` of what is there; lists give a name several times. */
export function query(values) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") words.append(name, one);
  }
  const text = words.toString();
  return text && `?${text}`;
}
