// Work that the server does for a while: followed to its end, over one long answer or by asking again.

import { get, stopped } from "./api.js";

const AGAIN = 1500;
const OVER = ["done", "failed", "cancelled", "stopped"];

function once(job, told, signal) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(`/api/v1/jobs/${job}/events`);
    const end = (call, value) => { events.close(); call(value); };
    events.onmessage = ({ data }) => {
      const state = JSON.parse(data);
      told(state);
      if (OVER.includes(state.state)) end(resolve, state);
    };
    events.onerror = () => end(resolve, null);
    signal?.addEventListener("abort", () => end(reject, new DOMException("Not wanted any more", "AbortError")), { once: true });
  });
}

/** The final state of a job; `told` is called with each before it. */
export async function follow(job, told, signal) {
  for (let failed = 0; ;) {
    const state = (await once(job, told, signal)) ?? await get(`/jobs/${job}`, { signal }).catch((error) => {
      failed += 1;
      if (stopped(error) || error.status === 404 || failed > 20) throw error;
      return null;
    });
    if (state) {
      told(state);
      if (OVER.includes(state.state)) return state;
    }
    await new Promise((resolve) => { setTimeout(resolve, AGAIN); });
  }
}

/** How far a job is, in words. */
export function stage(state) {
  const far = state.total ? ` ${Math.round((100 * state.done) / state.total)} %` : "";
  return `${state.stage || state.kind || "working"}${far}`;
}
