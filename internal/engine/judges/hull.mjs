// Compares hull volumes with manifold's.
// usage: node hull.mjs REQUEST.json → one JSON line per case: the volume of the hull of its points.
// A request is [[x, y, z, …]].
import fs from "node:fs";
import Module from "manifold-3d";

const wasm = await Module();
wasm.setup();
for (const flat of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
  const points = [];
  for (let i = 0; i < flat.length; i += 3) points.push([flat[i], flat[i + 1], flat[i + 2]]);
  const h = wasm.Manifold.hull(points);
  console.log(JSON.stringify({ volume: h.volume() }));
  h.delete();
}
