// Reads USD stages with tinyusdz, layer by layer: it prints each layer anew, text
// and binary alike, and every asset path in what it printed must lead to a file.
// usage: node usd.mjs FILE… → one JSON line per file: {file, missing, broken, layers}.
import fs from "node:fs";
import path from "node:path";
import { USDAParser } from "three/examples/jsm/loaders/usd/USDAParser.js";

// tinyusdz takes node for a browser only when it finds these.
process.type = "renderer";
globalThis.window = globalThis.self = globalThis;
const init = (await import("tinyusdz/tinyusdz.js")).default;
const wasm = fs.readFileSync(new URL("node_modules/tinyusdz/tinyusdz.wasm", import.meta.url));
const tiny = await init({ wasmBinary: wasm, print() {}, printErr() {} });

const isLayer = (name) => /\.usd[ac]?$/i.test(name);

const quoted = /@@@([\s\S]*?)@@@|@([^@\n]*)@/g;
const quotedIn = (text) => [...text.matchAll(quoted)].map((m) => m[1] ?? m[2]).filter((p) => p !== "");

function paths(file) {
  const bytes = fs.readFileSync(file);
  const loader = new tiny.TinyUSDZLoaderNative();
  try {
    if (loader.loadAsLayerFromBinary(bytes, path.basename(file))) return quotedIn(loader.layerToString());
    const why = loader.error() || "refused";
    // tinyusdz knows no variant sets inside variants; three's parser does.
    if (!why.includes("Nested `variantSet` is not supported")) throw new Error(why);
    return quotedIn(JSON.stringify(new USDAParser().parseText(bytes.toString("utf8"))));
  } finally {
    loader.delete();
  }
}

// found lists the files that a path in a layer leads to.
function found(layer, asset) {
  const full = path.join(path.dirname(layer), asset);
  if (!asset.includes("<UDIM>")) return fs.existsSync(full) ? [full] : [];
  const [before, after] = path.basename(full).split("<UDIM>");
  const dir = path.dirname(full);
  if (!fs.existsSync(dir)) return [];
  return fs.readdirSync(dir).filter((n) => n.startsWith(before) && n.endsWith(after)).map((n) => path.join(dir, n));
}

for (const file of process.argv.slice(2)) {
  const out = { file, missing: [], broken: "", layers: 0 };
  const todo = [file];
  const seen = new Set(todo);
  for (let layer = todo.pop(); layer; layer = todo.pop()) {
    out.layers++;
    try {
      for (const asset of paths(layer)) {
        const files = found(layer, asset);
        if (files.length === 0) out.missing.push(`${path.basename(layer)}: ${asset}`);
        for (const f of files) {
          if (isLayer(f) && !seen.has(f)) {
            seen.add(f);
            todo.push(f);
          }
        }
      }
    } catch (e) {
      out.broken = `${path.basename(layer)}: ${e.message ?? e}`;
    }
  }
  console.log(JSON.stringify(out));
}
