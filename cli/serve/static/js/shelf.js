// The shapes of one question, fetched a page at a time as they come into view.

import { get, query, stopped } from "./api.js";

const PAGE = 100;
const KEEP = 80;
const AT_ONCE = 4;

/** Gives shapes by their place; "filled" is told when more have come, "failed" when they could not. */
export class Shelf extends EventTarget {
  constructor(question, signal) {
    super();
    this.question = question;
    this.total = null;
    this.understood = null; // What was made of the words.
    this.pages = new Map();
    this.flying = new Map();
    this.wanted = [];
    this.closed = false;
    signal.addEventListener("abort", () => this.close(), { once: true });
  }

  /** The shape at a place, or null while it is not here. */
  at(place) {
    return this.pages.get(Math.floor(place / PAGE))?.[place % PAGE] ?? null;
  }

  /** Whether a shape is among those that were fetched. */
  holds(id) {
    return [...this.pages.values()].some((shapes) => shapes.some((shape) => shape.id === id));
  }

  /** Says which places are in view; what was asked for and is out of view is not waited for. */
  want(first, last) {
    const from = Math.max(0, Math.floor(first / PAGE));
    const to = Math.floor(Math.max(first, last) / PAGE);
    const near = Array.from({ length: to - from + 1 }, (_, step) => from + step);
    for (const [page, controller] of this.flying) if (!near.includes(page)) controller.abort();
    for (const page of near) this.touch(page);
    this.wanted = near.filter((page) => !this.pages.has(page) && !this.flying.has(page));
    this.next();
  }

  touch(page) {
    const shapes = this.pages.get(page);
    if (!shapes) return;
    this.pages.delete(page);
    this.pages.set(page, shapes);
  }

  next() {
    while (!this.closed && this.wanted.length && this.flying.size < AT_ONCE) this.fetch(this.wanted.shift());
  }

  async fetch(page) {
    const controller = new AbortController();
    this.flying.set(page, controller);
    try {
      const words = query({ ...this.question, limit: PAGE, offset: page * PAGE });
      const answer = await get(`/shapes${words}`, { signal: controller.signal });
      this.total = answer.total;
      this.understood = answer.understood;
      this.pages.set(page, answer.shapes);
      if (this.pages.size > KEEP) this.pages.delete(this.pages.keys().next().value);
      this.tell("filled");
    } catch (error) {
      if (!stopped(error)) this.tell("failed", error);
    } finally {
      if (this.flying.get(page) === controller) this.flying.delete(page);
      this.next();
    }
  }

  tell(what, detail = null) {
    if (!this.closed) this.dispatchEvent(new CustomEvent(what, { detail }));
  }

  /** The shapes at places, fetched where need be; of a range in a selection. */
  async range(first, last) {
    const found = [];
    for (let place = first; place <= last; place += 1) {
      const known = this.at(place);
      if (known) { found.push(known); continue; }
      const limit = Math.min(500, last - place + 1);
      const answer = await get(`/shapes${query({ ...this.question, limit, offset: place })}`);
      if (!answer.shapes.length) break;
      found.push(...answer.shapes);
      place += answer.shapes.length - 1;
    }
    return found;
  }

  /** Changes what is known of shapes, after a label was given. */
  amend(ids, change) {
    for (const [page, shapes] of this.pages) {
      if (shapes.some((shape) => ids.has(shape.id))) {
        this.pages.set(page, shapes.map((shape) => (ids.has(shape.id) ? { ...shape, ...change } : shape)));
      }
    }
    this.tell("filled");
  }

  close() {
    this.closed = true;
    for (const controller of this.flying.values()) controller.abort();
  }
}
