// Validates glTF inputs with the Khronos validator.
// usage: node gltf.mjs FILE… → one JSON line per file: the codes of its errors.
import fs from "node:fs";
import path from "node:path";
import validator from "gltf-validator";

for (const file of process.argv.slice(2)) {
  const out = { file, errors: [] };
  try {
    const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)), {
      uri: path.basename(file),
      externalResourceFunction: async (uri) => new Uint8Array(fs.readFileSync(path.join(path.dirname(file), decodeURIComponent(uri)))),
    });
    out.errors = [...new Set(report.issues.messages.filter((m) => m.severity === 0).map((m) => m.code))];
  } catch (e) {
    out.errors = [String(e)];
  }
  console.log(JSON.stringify(out));
}
