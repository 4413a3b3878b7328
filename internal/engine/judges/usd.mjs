// Reads USD layers with two parsers that share nothing with the engine.
// usage: node usd.mjs FILE… → one JSON line per file on stdout.
import fs from "node:fs";
import { USDAParser } from "three/examples/jsm/loaders/usd/USDAParser.js";
import { bugs } from "./rules.mjs";

// tinyusdz takes node for a browser only when it finds these.
process.type = "renderer";
globalThis.window = globalThis.self = globalThis;
const init = (await import("tinyusdz/tinyusdz.js")).default;
const wasm = fs.readFileSync(new URL("node_modules/tinyusdz/tinyusdz.wasm", import.meta.url));
const tiny = await init({ wasmBinary: wasm, print() {}, printErr() {} });

for (const file of process.argv.slice(2)) {
  const bytes = fs.readFileSync(file);
  const out = { file };
  const loader = new tiny.TinyUSDZLoaderNative();
  out.tinyusdz = loader.loadFromBinary(bytes, "asset.usd") ? "" : loader.error() || "refused";
  loader.delete();
  try {
    out.rules = bugs(new USDAParser().parseText(bytes.toString("utf8")));
  } catch (e) {
    out.rules = ["does not parse: " + e.message];
  }
  console.log(JSON.stringify(out));
}
