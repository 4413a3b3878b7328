// The table of the SimReady profile Robotics-Prop 3.0.0 over what three's USDA
// parser makes of a layer: nested objects keyed as written. It shares no code
// and no data structure with the engine's own checker.

// entries are the prims below a node: [path, type, name, node].
function* prims(node, prefix = "") {
  for (const [key, child] of Object.entries(node)) {
    const m = /^def (\w+) "(.*)"$/.exec(key);
    if (!m) continue;
    const path = prefix + "/" + m[2];
    yield { path, type: m[1], name: m[2], node: child };
    yield* prims(child, path);
  }
}

const numbers = (v) => (String(v ?? "").match(/-?[\d.]+(?:e[-+]?\d+)?/gi) ?? []).map(Number);
const word = (v) => String(v ?? "").replaceAll('"', "");
const refs = (v) => [...String(v ?? "").matchAll(/<([^>]*)>/g)].map((m) => m[1]);
const apis = (p) => Object.entries(p.node).filter(([k]) => k.endsWith("apiSchemas")).flatMap(([, v]) => String(v).match(/\w+/g) ?? []);
const known = ["PhysicsRigidBodyAPI", "PhysicsMassAPI", "PhysicsCollisionAPI", "PhysicsMeshCollisionAPI", "PhysicsMaterialAPI", "MaterialBindingAPI"];

function stage(root, bad) {
  const meta = root["#usda 1.0"] ?? root;
  if (word(meta.upAxis) !== "Z") bad.push("UN.006 upAxis");
  if (Number(meta.metersPerUnit) !== 1) bad.push("UN.007 metersPerUnit");
  const tops = Object.keys(root).filter((k) => k.startsWith("def "));
  if (tops.length !== 1) bad.push("HI.001 root prims");
  if (!tops.some((k) => k === `def Xform "${word(meta.defaultPrim)}"`)) bad.push("HI.004 defaultPrim");
}

function mesh(p, bad) {
  const n = p.node;
  const counts = numbers(n["int[] faceVertexCounts"]), indices = numbers(n["int[] faceVertexIndices"]);
  const points = numbers(n["point3f[] points"]), extent = numbers(n["float3[] extent"]);
  if (counts.reduce((a, b) => a + b, 0) !== indices.length) bad.push(`VG.014 ${p.path}: counts`);
  if (indices.some((i) => i < 0 || i >= points.length / 3)) bad.push(`VG.014 ${p.path}: index`);
  if (word(n["uniform token subdivisionScheme"]) !== "none") bad.push(`VG.MESH.001 ${p.path}`);
  const lo = [Infinity, Infinity, Infinity], hi = [-Infinity, -Infinity, -Infinity];
  points.forEach((v, i) => { lo[i % 3] = Math.min(lo[i % 3], v); hi[i % 3] = Math.max(hi[i % 3], v); });
  if (extent.length !== 6 || [...lo, ...hi].some((v, i) => v !== extent[i])) bad.push(`VG.002 ${p.path}: extent`);
  if (!Object.keys(n).some((k) => k.startsWith("normal3f[] normals"))) bad.push(`VG.027 ${p.path}: normals`);
}

function body(p, bad) {
  const n = p.node;
  if (!("float physics:mass" in n) || !(Number(n["float physics:mass"]) > 0)) bad.push(`RB.007 ${p.path}: mass`);
  if (numbers(n["quatf physics:principalAxes"]).length !== 4) bad.push(`RB.008 ${p.path}: principalAxes`);
  if (!numbers(n["float3 physics:diagonalInertia"]).every((v) => v > 0)) bad.push(`RB.008 ${p.path}: inertia`);
}

function collider(p, bad) {
  const n = p.node;
  if (p.type !== "Mesh") bad.push(`RB.COL.001 ${p.path}`);
  if (word(n["uniform token purpose"]) !== "guide") bad.push(`RB.010 ${p.path}`);
  if (word(n["uniform token physics:approximation"]) !== "convexHull") bad.push(`${p.path}: approximation`);
}

// bugs returns what is wrong with a parsed layer.
export function bugs(root) {
  const bad = [];
  stage(root, bad);
  const all = [...prims(root)], paths = new Set(all.map((p) => p.path));
  let bodies = 0, colliders = 0;
  for (const p of all) {
    const a = apis(p);
    for (const s of a) if (!known.includes(s)) bad.push(`${p.path}: unknown schema ${s}`);
    if (!/^[a-z][a-z0-9_]*$/.test(p.name)) bad.push(`NP.001 ${p.path}`);
    if (p.type === "Mesh") mesh(p, bad);
    if (a.includes("PhysicsRigidBodyAPI")) { bodies++; body(p, bad); }
    if (a.includes("PhysicsCollisionAPI")) { colliders++; collider(p, bad); }
    for (const [key, value] of Object.entries(p.node)) {
      if (!key.startsWith("rel ") && !key.endsWith(".connect")) continue;
      for (const r of refs(value)) if (!paths.has(r.split(".")[0])) bad.push(`${p.path}: ${key} dangles`);
    }
  }
  if (bodies !== 1) bad.push(`RB.001 ${bodies} bodies`);
  if (colliders < 1) bad.push("no collider");
  return bad;
}
