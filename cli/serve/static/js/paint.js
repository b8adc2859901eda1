// How surfaces and points look in 3-D.

import { BufferAttribute, Color, DoubleSide, Mesh, MeshBasicMaterial, MeshStandardMaterial, Points, PointsMaterial } from "../vendor/three.js";

const CLAY = { light: 0x74aae8, dark: 0x74aae8 };
const INSIDE = 0xc9752d;
export const PAIR = { a: 0x2f7fc1, b: 0xe08a2e };

/** The look of one mesh; `inner` is its cut side, which shows behind a section plane. */
export function surface(geometry, { dark = false, colour = null, opacity = 1 } = {}) {
  if (!geometry.getAttribute("normal")) geometry.computeVertexNormals();
  const coloured = Boolean(geometry.getAttribute("color")) && colour === null;
  if (coloured) display(geometry);
  const material = new MeshStandardMaterial({
    color: coloured ? 0xffffff : colour ?? (dark ? CLAY.dark : CLAY.light), vertexColors: coloured, roughness: 0.78, metalness: 0,
    side: DoubleSide, transparent: opacity < 1, opacity, depthWrite: opacity === 1,
  });
  return new Mesh(geometry, material);
}

/** The inside of a surface in a colour of its own. */
export function inside(mesh) {
  const material = new MeshBasicMaterial({ color: INSIDE, side: 1 });
  const inner = new Mesh(mesh.geometry, material);
  inner.name = "inside";
  inner.visible = false;
  return inner;
}

export function cloud(geometry, { dark = false } = {}) {
  const coloured = Boolean(geometry.getAttribute("color"));
  if (coloured) display(geometry);
  const material = new PointsMaterial({ size: 2.2, sizeAttenuation: false, vertexColors: coloured, color: coloured ? 0xffffff : dark ? 0xbfd6d2 : 0x33565a });
  return new Points(geometry, material);
}

/** Colours of vertices are those that a screen shows, as with colour bars and legends; three.js counts in linear light. */
function display(geometry) {
  const given = geometry.getAttribute("color");
  const linear = new Float32Array(given.count * 3);
  const colour = new Color();
  for (let place = 0; place < given.count; place += 1) {
    colour.setRGB(given.getX(place), given.getY(place), given.getZ(place), "srgb");
    linear.set([colour.r, colour.g, colour.b], place * 3);
  }
  geometry.setAttribute("color", new BufferAttribute(linear, 3));
}

export function discard(object) {
  object.traverse((part) => {
    part.geometry?.dispose();
    part.material?.dispose();
  });
}
