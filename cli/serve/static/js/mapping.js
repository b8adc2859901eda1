// Hands on the map: moving, zooming, the lasso, hovering and opening.

import { go } from "./router.js";
import { colour } from "./theme.js";

const STILL = 5; // Pixels; less is a click.

/** Listens for a page with a map; gives what the lasso's button does. */
export function handle(page) {
  const { canvas, places, line } = page;
  const fingers = new Map();
  const state = { lasso: false, path: null, moved: 0, apart: 0 };
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, spot(event));
    state.moved = fingers.size > 1 ? Infinity : 0;
    state.apart = spread(fingers);
    if (fingers.size === 1 && (event.shiftKey || state.lasso)) state.path = [spot(event)];
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = spot(event);
    const before = fingers.get(event.pointerId);
    if (!before) { page.hover(event.pointerType === "touch" ? -1 : places.under(...at), ...at); return; }
    state.moved += Math.hypot(at[0] - before[0], at[1] - before[1]);
    fingers.set(event.pointerId, at);
    if (state.moved > STILL) page.hover(-1);
    if (state.path) { state.path.push(at); draw(line, state.path); }
    else if (fingers.size === 2) pinch(places, fingers, state);
    else places.move(at[0] - before[0], at[1] - before[1]);
  });
  const end = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    const { path } = state;
    state.path = null;
    draw(line, []);
    if (event.type === "pointercancel") return;
    if (path && state.moved > STILL) page.choose(places.within(path));
    else if (state.moved <= STILL) open(page, places.under(...spot(event)));
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => page.hover(-1));
  canvas.addEventListener("wheel", (event) => {
    page.hover(-1); // What was under the pointer is elsewhere now.
    event.preventDefault();
    places.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), ...spot(event));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => key(places, event));
  return { lasso: (on) => { state.lasso = on; canvas.classList.toggle("aims", on); } };
}

function open(page, place) {
  if (place >= 0) go(`/shapes/${page.laid.ids[place]}`);
}

function spread(fingers) {
  const [a, b] = [...fingers.values()];
  return b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0;
}

function pinch(places, fingers, state) {
  const [a, b] = [...fingers.values()];
  const apart = spread(fingers);
  if (state.apart) places.zoom(apart / state.apart, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
  state.apart = apart;
}

function key(places, event) {
  const step = 60;
  const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
  if (event.key in moves) places.move(...moves[event.key]);
  else if (event.key === "+" || event.key === "=") places.zoom(1.4);
  else if (event.key === "-") places.zoom(1 / 1.4);
  else if (event.key === "0") places.reset();
  else return;
  event.preventDefault();
}

function draw(line, path) {
  const { clientWidth: width, clientHeight: height } = line;
  if (line.width !== width || line.height !== height) [line.width, line.height] = [width, height];
  const pen = line.getContext("2d");
  pen.clearRect(0, 0, width, height);
  if (path.length < 2) return;
  pen.beginPath();
  path.forEach(([x, y]) => pen.lineTo(x, y));
  pen.closePath();
  pen.strokeStyle = colour("--accent");
  pen.lineWidth = 2;
  pen.stroke();
  pen.globalAlpha = 0.12;
  pen.fillStyle = colour("--accent");
  pen.fill();
}
