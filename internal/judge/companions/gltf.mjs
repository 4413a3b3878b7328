// Reads glTF and GLB files with Khronos' validator, external resources included.
// usage: node gltf.mjs FILE… → one JSON line per file: {file, missing, broken}.
import fs from "node:fs";
import path from "node:path";
import validator from "gltf-validator";

for (const file of process.argv.slice(2)) {
  const out = { file, missing: [], broken: "" };
  try {
    const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)), {
      uri: path.basename(file),
      maxIssues: 0,
      externalResourceFunction: async (uri) =>
        new Uint8Array(fs.readFileSync(path.join(path.dirname(file), decodeURIComponent(uri)))),
    });
    for (const m of report.issues.messages) {
      if (m.code === "IO_ERROR") out.missing.push(`${m.pointer}: ${m.message}`);
    }
  } catch (e) {
    out.broken = String(e.message ?? e);
  }
  console.log(JSON.stringify(out));
}
