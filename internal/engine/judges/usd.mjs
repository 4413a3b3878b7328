// Reads USD layers with two parsers that share nothing with the engine.
// usage: node usd.mjs FILE… → one JSON line per file on stdout. A FILE is the layer
// of a package that lies two folders above it, as usd/<name>/<name>.usd.
import fs from "node:fs";
import path from "node:path";
import { USDAParser } from "three/examples/jsm/loaders/usd/USDAParser.js";
import { verdicts } from "./rules.mjs";

// tinyusdz takes node for a browser only when it finds these.
process.type = "renderer";
globalThis.window = globalThis.self = globalThis;
const init = (await import("tinyusdz/tinyusdz.js")).default;
const wasm = fs.readFileSync(new URL("node_modules/tinyusdz/tinyusdz.wasm", import.meta.url));
const tiny = await init({ wasmBinary: wasm, print() {}, printErr() {} });

// list are the files of the layer's package, as slash paths from its root.
function list(layer) {
  const top = path.dirname(path.dirname(path.dirname(layer)));
  return fs.readdirSync(path.dirname(path.dirname(layer)), { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile()).map((f) => path.relative(top, path.join(f.parentPath ?? f.path, f.name)).split(path.sep).join("/"));
}

for (const file of process.argv.slice(2)) {
  const bytes = fs.readFileSync(file);
  const out = { file };
  const loader = new tiny.TinyUSDZLoaderNative();
  out.tinyusdz = loader.loadFromBinary(bytes, "asset.usd") ? "" : loader.error() || "refused";
  loader.delete();
  try {
    const place = path.relative(path.dirname(path.dirname(path.dirname(file))), file).split(path.sep).join("/");
    Object.assign(out, verdicts(new USDAParser().parseText(bytes.toString("utf8")), place, list(file)));
  } catch (e) {
    out.beside = ["does not parse: " + e.message];
  }
  console.log(JSON.stringify(out));
}
