// The distance between two points of a surface that were clicked.

import { BufferGeometry, Line, LineBasicMaterial, Mesh, MeshBasicMaterial, Raycaster, SphereGeometry, Vector2 } from "../vendor/three.js";

const STILL = 5; // Pixels; a pointer that moved more has turned the shape.
const MARK = 0xd6336c;

export class Measure {
  constructor(viewer) {
    this.viewer = viewer;
    this.on = false;
    this.points = [];
    this.drawn = [];
    this.told = () => {};
    viewer.canvas.addEventListener("pointerdown", (event) => { this.down = [event.clientX, event.clientY]; });
    viewer.canvas.addEventListener("pointerup", (event) => this.click(event));
  }

  /** Measures from now on, and tells of each distance in radii (null: one point is missing), or stops. */
  use(told) {
    this.on = Boolean(told);
    this.told = told ?? (() => {});
    this.viewer.canvas.classList.toggle("aims", this.on);
    this.forget();
  }

  forget() {
    for (const mark of this.drawn) { this.viewer.scene.remove(mark); mark.geometry.dispose(); mark.material.dispose(); }
    this.drawn = [];
    this.points = [];
    if (this.on) this.told(null, 0);
    this.viewer.plan();
  }

  click(event) {
    if (!this.on || !this.down || Math.hypot(event.clientX - this.down[0], event.clientY - this.down[1]) > STILL) return;
    const point = this.hit(event);
    if (!point) return;
    if (this.points.length === 2) this.forget();
    this.points.push(point);
    this.mark(point);
    if (this.points.length === 2) this.line();
    this.told(this.points.length === 2 ? this.points[0].distanceTo(this.points[1]) : null, this.points.length);
    this.viewer.plan();
  }

  hit(event) {
    const { canvas, camera, model, plane } = this.viewer;
    const box = canvas.getBoundingClientRect();
    const ray = new Raycaster();
    ray.params.Points.threshold = 0.015;
    ray.setFromCamera(new Vector2(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2), camera);
    const hits = ray.intersectObject(model, true).filter((one) => !plane || plane.distanceToPoint(one.point) >= 0);
    return hits[0]?.point.clone();
  }

  mark(point) {
    const dot = new Mesh(new SphereGeometry(0.014, 16, 12), new MeshBasicMaterial({ color: MARK, depthTest: false }));
    dot.position.copy(point);
    this.add(dot);
  }

  line() {
    this.add(new Line(new BufferGeometry().setFromPoints(this.points), new LineBasicMaterial({ color: MARK, depthTest: false })));
  }

  add(mark) {
    mark.renderOrder = 9;
    this.drawn.push(mark);
    this.viewer.scene.add(mark);
  }
}
