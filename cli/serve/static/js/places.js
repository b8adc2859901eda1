// The points of the map, drawn by WebGL, with a quick answer to which one is under the pointer.

import { BufferAttribute, BufferGeometry, Color, OrthographicCamera, Points, Scene, ShaderMaterial, WebGLRenderer } from "../vendor/three.js";

const CELLS = 256;
const REACH = 12; // Pixels from a point at which it is still meant.

const VERTEX = `
attribute vec3 tint; attribute float mark; uniform float size; varying vec3 colour; varying float chosen;
void main() {
  colour = tint; chosen = mark;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position.xy, mark * .1, 1.);
  gl_PointSize = size * (1. + .5 * mark);
}`;
const FRAGMENT = `
uniform vec3 ring; varying vec3 colour; varying float chosen;
void main() {
  float far = length(gl_PointCoord - .5) * 2.;
  if (far > 1.) discard;
  float edge = 1. - smoothstep(.8, 1., far);
  vec3 seen = chosen > .5 && far > .55 ? ring : colour;
  gl_FragColor = vec4(seen, edge * .9);
}`;

/** All places; x and y in 0..1. */
export class Places {
  constructor(canvas, places) {
    this.canvas = canvas;
    this.n = places.length;
    this.at = new Float32Array(this.n * 3);
    places.forEach(([x, y], place) => this.at.set([x, y, 0], place * 3));
    this.renderer = new WebGLRenderer({ canvas, antialias: false, alpha: true });
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio));
    this.scene = new Scene();
    this.camera = new OrthographicCamera(0, 1, 1, 0, -1, 1);
    this.geometry = new BufferGeometry();
    this.geometry.setAttribute("position", new BufferAttribute(this.at, 3));
    this.tint = new BufferAttribute(new Float32Array(this.n * 3), 3);
    this.marks = new BufferAttribute(new Float32Array(this.n), 1);
    this.geometry.setAttribute("tint", this.tint);
    this.geometry.setAttribute("mark", this.marks);
    this.material = new ShaderMaterial({ vertexShader: VERTEX, fragmentShader: FRAGMENT, transparent: true, depthTest: false, uniforms: { size: { value: 6 }, ring: { value: new Color() } } });
    const points = new Points(this.geometry, this.material);
    points.frustumCulled = false;
    this.scene.add(points);
    this.view = null;
    this.index();
    this.geometry.computeBoundingBox();
  }

  /** Which points are in which cell of a coarse grid. */
  index() {
    this.cells = new Map();
    for (let place = 0; place < this.n; place += 1) {
      const cell = this.cell(this.at[place * 3]) + CELLS * this.cell(this.at[place * 3 + 1]);
      if (!this.cells.has(cell)) this.cells.set(cell, []);
      this.cells.get(cell).push(place);
    }
  }

  cell(value) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor(value * CELLS)));
  }

  /** Colours by a function of the place that gives [r, g, b]. */
  colour(of, ring) {
    for (let place = 0; place < this.n; place += 1) this.tint.array.set(of(place), place * 3);
    this.tint.needsUpdate = true;
    this.material.uniforms.ring.value.setRGB(...ring);
    this.plan();
  }

  mark(isChosen) {
    for (let place = 0; place < this.n; place += 1) this.marks.array[place] = isChosen(place) ? 1 : 0;
    this.marks.needsUpdate = true;
    this.plan();
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (!width || !height) return;
    this.renderer.setSize(width, height, false);
    [this.width, this.height] = [width, height];
    if (!this.view) this.reset();
    this.draw();
  }

  /** Units of the map to a pixel: the shorter side of the view spans `span`. */
  unit() {
    return this.view.span / Math.min(this.width, this.height);
  }

  /** Where on the map a pixel is. */
  map(x, y) {
    return [this.view.x + (x - this.width / 2) * this.unit(), this.view.y - (y - this.height / 2) * this.unit()];
  }

  move(dx, dy) {
    this.view.x = Math.min(1.2, Math.max(-0.2, this.view.x - dx * this.unit()));
    this.view.y = Math.min(1.2, Math.max(-0.2, this.view.y + dy * this.unit()));
    this.plan();
  }

  /** Comes nearer by a factor; what is under the pixel stays there. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const before = this.map(x, y);
    this.view.span = Math.min(1.6 * this.home, Math.max(0.002 * this.home, this.view.span / factor));
    const after = this.map(x, y);
    this.view.x += before[0] - after[0];
    this.view.y += before[1] - after[1];
    this.plan();
  }

  /** Brings all points into view. */
  reset() {
    const { min, max } = this.geometry.boundingBox;
    const unit = Math.max((max.x - min.x) / (this.width - 60), (max.y - min.y) / (this.height - 60), 1e-5);
    this.home = unit * Math.min(this.width, this.height);
    this.view = { x: (min.x + max.x) / 2, y: (min.y + max.y) / 2, span: this.home };
    this.plan();
  }

  /** The point nearest to a pixel, or -1. */
  under(px, py) {
    const [x, y] = this.map(px, py);
    const reach = REACH * this.unit();
    let [best, found] = [reach * reach, -1];
    for (let row = this.cell(y - reach); row <= this.cell(y + reach); row += 1) {
      for (let column = this.cell(x - reach); column <= this.cell(x + reach); column += 1) {
        for (const place of this.cells.get(column + CELLS * row) ?? []) {
          const far = (this.at[place * 3] - x) ** 2 + (this.at[place * 3 + 1] - y) ** 2;
          if (far < best) [best, found] = [far, place];
        }
      }
    }
    return found;
  }

  /** The points within a polygon of pixels. */
  within(polygon) {
    const corners = polygon.map(([x, y]) => this.map(x, y));
    const found = [];
    for (let place = 0; place < this.n; place += 1) if (inside(corners, this.at[place * 3], this.at[place * 3 + 1])) found.push(place);
    return found;
  }

  plan() {
    if (!this.drawing) this.drawing = requestAnimationFrame(() => { this.drawing = 0; this.draw(); });
  }

  draw() {
    if (this.gone || !this.width) return;
    const [half, rise] = [(this.width * this.unit()) / 2, (this.height * this.unit()) / 2];
    Object.assign(this.camera, { left: this.view.x - half, right: this.view.x + half, top: this.view.y + rise, bottom: this.view.y - rise });
    this.camera.updateProjectionMatrix();
    const near = Math.min(3, Math.max(1, (this.home / this.view.span) ** 0.35));
    const base = this.n > 20_000 ? 3 : this.n > 2_000 ? 5 : 9;
    this.material.uniforms.size.value = base * near * this.renderer.getPixelRatio();
    this.renderer.render(this.scene, this.camera);
  }

  dispose() {
    this.gone = true;
    this.geometry.dispose();
    this.material.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

function inside(corners, x, y) {
  let within = false;
  for (let here = 0, before = corners.length - 1; here < corners.length; before = here, here += 1) {
    const [ax, ay] = corners[here];
    const [bx, by] = corners[before];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}
