// A surface in 3-D: turned with the pointer or the arrow keys, drawn only when something has changed.

import { Box3, Color, DirectionalLight, Group, HemisphereLight, OrbitControls, PerspectiveCamera, Plane, Scene, Vector3, WebGLRenderer } from "../vendor/three.js";
import { ask, stopped } from "./api.js";
import { button, h } from "./dom.js";
import { Measure } from "./measure.js";
import { read } from "./model.js";
import { discard } from "./paint.js";
import { isDark, themes } from "./theme.js";

const FROM = new Vector3(2, 1.3, 3.1);
const AXES = { x: new Vector3(-1, 0, 0), y: new Vector3(0, -1, 0), z: new Vector3(0, 0, -1) };
const PATIENCE = 180; // Milliseconds before a wait is shown.

export class Viewer extends EventTarget {
  constructor(host, { label, signal }) {
    super();
    this.signal = signal;
    this.host = host;
    this.asked = 0;
    this.plane = null;
    this.wires = false;
    this.canvas = h("canvas", { class: "canvas", tabindex: "0", role: "img", "aria-label": `${label}. Arrow keys turn it, plus and minus come nearer and go back, 0 resets.` });
    this.over = h("div", { class: "over", role: "status" });
    host.classList.add("stage");
    host.append(this.canvas, this.over);
    try {
      this.build();
    } catch {
      this.renderer = null;
      this.say("This browser has no WebGL, so there is no 3-D view. Turn on hardware acceleration, or use another browser.");
    }
    signal.addEventListener("abort", () => this.dispose(), { once: true });
  }

  build() {
    this.renderer = new WebGLRenderer({ canvas: this.canvas, antialias: true, alpha: true });
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio));
    this.renderer.localClippingEnabled = true;
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(32, 1, 0.01, 50);
    this.model = new Group();
    const key = new DirectionalLight(0xffffff, 2.1);
    key.position.set(2, 4, 3);
    const fill = new DirectionalLight(0xffffff, 0.5);
    fill.position.set(-3, 1, -2);
    this.scene.add(this.model, new HemisphereLight(0xffffff, 0x4a5560, 1.15), key, fill);
    this.controls = new OrbitControls(this.camera, this.canvas);
    this.controls.addEventListener("change", () => { this.plan(); this.dispatchEvent(new Event("turned")); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.host);
    themes.addEventListener("change", () => this.plan(), { signal: this.signal });
    this.ruler = new Measure(this);
    this.reset();
    this.fit();
  }

  /** Fetches a surface and shows it; an answer to an older question is dropped. Gives the answer's headers, or null. */
  async load(path, { signal } = {}) {
    const turn = ++this.asked;
    this.flight?.abort();
    this.flight = new AbortController();
    const cut = AbortSignal.any([this.signal, this.flight.signal, ...(signal ? [signal] : [])]);
    const waiting = setTimeout(() => turn === this.asked && this.wait(), PATIENCE);
    try {
      const answer = await ask(path, { signal: cut });
      const model = await read(await answer.arrayBuffer(), { dark: isDark() });
      if (turn !== this.asked || this.signal.aborted) { discard(model); return null; }
      this.show(model);
      return answer.headers;
    } catch (error) {
      if (stopped(error) || turn !== this.asked) return null;
      this.failed = error;
      // What the store has not is not there at the second try either.
      if (this.renderer) this.say(error.message, [404, 409, 422].includes(error.status) ? null : () => this.load(path, { signal }));
      return null;
    } finally {
      clearTimeout(waiting);
      if (turn === this.asked && this.over.classList.contains("waits")) this.say("");
    }
  }

  show(model) {
    if (!this.renderer) return;
    this.clear();
    this.model.add(model);
    this.say("");
    this.style();
  }

  clear() {
    for (const old of [...this.model.children]) { this.model.remove(old); discard(old); }
    this.ruler?.forget();
  }

  wait() {
    this.over.className = "over waits";
    this.over.replaceChildren(h("span", { class: "spin" }), h("span", {}, "Decoding…"));
  }

  say(sentence, again = null) {
    this.over.className = sentence ? "over told" : "over";
    this.over.replaceChildren(...(sentence ? [h("p", {}, sentence), again ? button("Try again", again) : ""] : []));
  }

  /** Brings wires and the section to what is shown. */
  style() {
    this.model.traverse((part) => {
      if (!part.material) return;
      if (part.isMesh) part.material.wireframe = this.wires && part.name !== "inside";
      part.material.clippingPlanes = this.plane ? [this.plane] : null;
      if (part.name === "inside") part.visible = Boolean(this.plane) && !this.wires;
    });
    this.plan();
  }

  wireframe(on) {
    this.wires = on;
    this.style();
  }

  /** Cuts away what is beyond a place on an axis, -1 to 1; null shows all. */
  section(axis, at) {
    this.plane = axis ? new Plane(AXES[axis].clone(), at) : null;
    this.style();
  }

  reset() {
    this.camera.position.copy(FROM);
    this.controls.target.set(0, 0, 0);
    this.controls.update();
    this.plan();
  }

  /** Turns as another viewer does. */
  copy(other) {
    this.camera.position.copy(other.camera.position);
    this.camera.quaternion.copy(other.camera.quaternion);
    this.controls.target.copy(other.controls.target);
    this.plan();
  }

  key(event) {
    const turns = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const away = this.camera.position.clone().sub(this.controls.target);
    if (event.key in turns) {
      const [about, over] = turns[event.key];
      const level = Math.atan2(Math.hypot(away.x, away.z), away.y);
      away.setFromSphericalCoords(away.length(), Math.min(3.1, Math.max(0.04, level + over * 0.12)), Math.atan2(away.x, away.z) + about * 0.15);
    } else if ("+=-".includes(event.key)) away.multiplyScalar(event.key === "-" ? 1.15 : 1 / 1.15);
    else if (event.key === "0") return this.reset();
    else return undefined;
    event.preventDefault();
    this.camera.position.copy(this.controls.target).add(away);
    this.controls.update();
    return undefined;
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (!width || !height) return;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    // In a tall, narrow view the whole has to fit the width.
    this.camera.fov = width < height ? Math.min(75, 2 * Math.atan(Math.tan(0.28) * (height / width)) * 57.3) : 32;
    this.camera.updateProjectionMatrix();
    this.draw();
  }

  plan() {
    if (!this.drawing) this.drawing = requestAnimationFrame(() => { this.drawing = 0; this.draw(); });
  }

  draw() {
    if (!this.gone) this.renderer?.render(this.scene, this.camera);
  }

  /** The box that the shown surface fills. */
  extent() {
    return new Box3().setFromObject(this.model);
  }

  dispose() {
    if (this.gone) return;
    this.gone = true;
    this.flight?.abort();
    cancelAnimationFrame(this.drawing);
    this.sizes?.disconnect();
    if (!this.renderer) return;
    this.clear();
    this.controls.dispose();
    this.renderer.dispose();
    // Browsers allow few contexts; this one is given back at once.
    this.renderer.forceContextLoss();
  }
}

/** Lets several viewers turn together. */
export function link(viewers) {
  let leading = false;
  for (const viewer of viewers) {
    viewer.addEventListener("turned", () => {
      if (leading) return;
      leading = true;
      for (const other of viewers) if (other !== viewer && other.renderer) other.copy(viewer);
      leading = false;
    });
  }
}

export const hex = (text) => new Color(text);
