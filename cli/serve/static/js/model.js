// Binary glTF as the server sends it, made into what the viewers show.

import { GLTFLoader, Group } from "../vendor/three.js";
import { cloud, inside, PAIR, surface } from "./paint.js";

const loader = new GLTFLoader();

/** The meshes and points of a file. Two meshes named a and b, one laid upon the other, get a colour each. */
export async function read(buffer, { dark = false } = {}) {
  const { scene } = await loader.parseAsync(buffer, "");
  const group = new Group();
  scene.updateMatrixWorld(true);
  scene.traverse((part) => {
    if (!part.geometry) return;
    const geometry = part.geometry.applyMatrix4(part.matrixWorld);
    const pair = named(part);
    if (part.isPoints) group.add(cloud(geometry, { dark }));
    else {
      const mesh = surface(geometry, { dark, colour: pair ? PAIR[pair] : null, opacity: pair === "b" ? 0.6 : 1 });
      group.add(mesh);
      if (!pair) group.add(inside(mesh));
    }
  });
  return group;
}

function named(part) {
  return [part.name, part.parent?.name].find((name) => name === "a" || name === "b");
}
