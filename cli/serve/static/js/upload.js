// Files on their way to the server: how much is sent, and what it tells of its work on them.

import { LOST, PATIENCE, pause, Problem, ROOT, signedIn } from "./api.js";

const gone = () => new DOMException("Not wanted any more", "AbortError");

/**
 * Sends a form. `sent` is told the share that is sent, 0 to 1, which fetch cannot tell; `told` each state of a server
 * that tells how far it is. Gives its answer in the end.
 */
export async function upload(path, form, { sent, told, signal } = {}) {
  for (let tried = 0; ; tried += 1) {
    const request = await once(path, form, { sent, told, signal });
    const events = /^text\/event-stream/.test(request.getResponseHeader("Content-Type") ?? "");
    if (request.status === 401) await signedIn();
    else if (request.status === 429 && tried < PATIENCE) await pause(1000 * 2 ** tried, signal);
    else return events ? outcome(request.responseText) : answer(request);
  }
}

function once(path, form, { sent, told, signal }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) { reject(gone()); return; }
    const request = new XMLHttpRequest();
    request.open("POST", ROOT + path);
    request.setRequestHeader("X-Inrstore", "1");
    if (told) request.setRequestHeader("Accept", "text/event-stream");
    request.upload.onprogress = (event) => event.lengthComputable && sent?.(event.loaded / event.total);
    let read = 0;
    request.onprogress = () => {
      const whole = request.responseText.lastIndexOf("\n\n") + 2;
      if (!told || whole <= read || request.status !== 200) return;
      for (const { kind, data } of events(request.responseText.slice(read, whole))) if (kind === "message") told(data);
      read = whole;
    };
    request.onerror = () => reject(new Problem(0, "No answer", LOST));
    request.onabort = () => reject(gone());
    request.onload = () => resolve(request);
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

/** What an event stream holds, whole events alone: {kind, data} each. */
export function events(text) {
  return text.replaceAll("\r\n", "\n").split("\n\n").map((block) => {
    const lines = block.split("\n");
    const of = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
    return { kind: of("event")[0] ?? "message", data: of("data").join("\n") };
  }).filter(({ data }) => data).map(({ kind, data }) => ({ kind, data: JSON.parse(data) }));
}

function outcome(text) {
  const last = events(text).findLast(({ kind }) => kind !== "message");
  if (last?.kind === "result") return last.data;
  if (last) throw new Problem(last.data.status ?? 500, last.data.title, last.data.detail);
  throw new Problem(0, "No answer", LOST);
}

function answer(request) {
  let said = {};
  try {
    said = JSON.parse(request.responseText);
  } catch { /* A proxy's page, say: the status tells enough. */ }
  if (request.status < 300) return said;
  throw new Problem(request.status, said.title, said.detail);
}
