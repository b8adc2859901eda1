// Writes ../static/vendor/three.js, minified, with its licence beside it.
import { copyFile } from "node:fs/promises";
import { build } from "esbuild";

const OUT = "../static/vendor";

await build({
  entryPoints: ["three.js"],
  outfile: `${OUT}/three.js`,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "inline",
});
await copyFile("node_modules/three/LICENSE", `${OUT}/three.LICENSE`);
