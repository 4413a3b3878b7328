// The 34 required requirements of the SimReady profile Robotics-Prop 3.0.0, and
// rules beside them, over what three's USDA parser makes of a layer: nested objects
// keyed as written. It shares no code and no data structure with the engine's own
// checker, whose verdicts the tests compare with these.
import path from "node:path";

// prims are those below a node: {path, type, name, node, above}, parents first.
function* prims(node, above = []) {
  for (const [key, child] of Object.entries(node)) {
    const m = /^(def|over|class)(?: (\w+))? "(.*)"$/.exec(key);
    if (!m) continue;
    const p = { path: (above.at(-1)?.path ?? "") + "/" + m[3], how: m[1], type: m[2] ?? "", name: m[3], node: child, above };
    yield p;
    yield* prims(child, [...above, p]);
  }
}

const numbers = (v) => (String(v ?? "").match(/-?(?:[\d.]+(?:e[-+]?\d+)?|inf|nan)/gi) ?? []).map(Number);
const word = (v) => String(v ?? "").replaceAll('"', "");
const refs = (v) => [...String(v ?? "").matchAll(/<([^>]*)>/g)].map((m) => m[1]);
const apis = (p) => Object.entries(p.node).filter(([k]) => k.endsWith("apiSchemas")).flatMap(([, v]) => String(v).match(/\w+/g) ?? []);
const known = ["PhysicsRigidBodyAPI", "PhysicsMassAPI", "PhysicsCollisionAPI", "PhysicsMeshCollisionAPI", "PhysicsMaterialAPI", "MaterialBindingAPI"];
const placed = ["Xform", "Mesh", "Sphere", "Cube", "Capsule", "Cylinder", "Cone", "Points", "BasisCurves"];
const shapes = placed.slice(1);

// assets are the paths of files that the prims name.
const assets = (s) => s.prims.flatMap((p) => Object.entries(p.node)
  .filter(([k]) => /^(uniform )?asset /.test(k)).map(([, v]) => String(v).replaceAll("@", "")));
const absolute = (v) => /^([/\\]|[a-z]:|[a-z][a-z0-9+.-]*:\/\/)/i.test(v);
const badName = (n) => !/^[A-Za-z0-9._-]+$/.test(n) || /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i.test(n) || n.length > 255;
const isUSD = (f) => /\.(usd|usda|usdc|usdz)$/.test(f);
const folders = (f) => f.split("/").slice(0, -1);

// strings are all texts of a dictionary, however deep.
const strings = (d) => Object.values(d ?? {}).flatMap((v) => (typeof v === "object" ? strings(v) : [word(v)]));

const day = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

// mesh parses a mesh's arrays once.
function mesh(p) {
  if (p.mesh) return p.mesh;
  const n = p.node, m = { points: numbers(n["point3f[] points"]), extent: numbers(n["float3[] extent"]) };
  m.counts = numbers(n["int[] faceVertexCounts"]);
  m.indices = numbers(n["int[] faceVertexIndices"]);
  m.normals = numbers(n["normal3f[] normals"]);
  m.sound = m.points.length > 0 && m.points.length % 3 === 0 && m.counts.length > 0 && m.counts.every((c) => c >= 3) &&
    m.counts.reduce((a, b) => a + b, 0) === m.indices.length && m.indices.every((i) => i >= 0 && i < m.points.length / 3);
  m.corners = m.normals.length === 3 * m.indices.length; // a normal for each, not for each point
  return (p.mesh = m);
}

function bounds(points) {
  const lo = [Infinity, Infinity, Infinity], hi = [-Infinity, -Infinity, -Infinity];
  points.forEach((v, i) => { lo[i % 3] = Math.min(lo[i % 3], v); hi[i % 3] = Math.max(hi[i % 3], v); });
  return [...lo, ...hi];
}

// backwards counts the faces whose normals look to their clockwise side.
function backwards(m) {
  let bad = 0, at = 0;
  const point = (i) => m.points.slice(3 * i, 3 * i + 3);
  for (const c of m.counts) {
    const [a, b, d] = [0, 1, 2].map((k) => point(m.indices[at + k]));
    const e = b.map((v, k) => v - a[k]), f = d.map((v, k) => v - a[k]);
    const n = [e[1] * f[2] - e[2] * f[1], e[2] * f[0] - e[0] * f[2], e[0] * f[1] - e[1] * f[0]];
    let dot = 0;
    for (let j = at; j < at + c; j++) {
      const i = m.corners ? j : m.indices[j];
      for (let k = 0; k < 3; k++) dot += n[k] * m.normals[3 * i + k];
    }
    if (dot < 0) bad++;
    at += c;
  }
  return bad;
}

function duplicates(s) {
  const seen = new Map(), bad = [];
  for (const p of s.of("Mesh")) {
    const m = mesh(p), key = JSON.stringify([m.points.map((v) => Math.round(v * 1e6)), m.counts, m.indices]);
    if (seen.has(key)) bad.push(`${p.path} equals ${seen.get(key)}`);
    else seen.set(key, p.path);
  }
  return bad;
}

const massBug = (p) => !("float physics:mass" in p.node) ? "no float mass"
  : !(Number(p.node["float physics:mass"]) > 0) || !Number.isFinite(Number(p.node["float physics:mass"])) ? "mass not positive"
    : !apis(p).includes("PhysicsMassAPI") ? "mass without its schema" : "";
const operations = (p) => [...p.above, p].flatMap((q) => Object.entries(q.node).filter(([k]) => / xformOp:/.test(k)));
const uneven = (v) => new Set(numbers(v)).size > 1;

// table has for each requirement what is wrong; each entry gets the stage.
const table = {
  "NP.002": (s) => s.files.filter((f) => badName(path.posix.basename(f))).concat(isUSD(s.path) ? [] : [s.path]),
  "NP.003": (s) => s.files.flatMap(folders).filter(badName),
  "NP.004": (s) => s.files.filter((f) => f.length > 260),
  "NP.005": (s) => {
    const parts = s.path.split("/"), beside = s.files.filter((f) => f !== s.path && isUSD(f) && path.posix.dirname(f) === path.posix.dirname(s.path));
    return parts.length >= 3 && path.posix.basename(s.path).replace(/\.\w+$/, "").includes(parts.at(-3)) ? beside : [s.path, ...beside];
  },
  "NP.006": (s) => (Object.keys(s.custom["dictionary SimReady_Metadata"] ?? {}).length ? [] : ["no SimReady_Metadata"]),
  "NP.007": (s) => [...assets(s), ...strings(s.custom)].filter(absolute),
  "NP.008": (s) => assets(s).filter((a) => !s.files.includes(path.posix.join(path.posix.dirname(s.path), a))),
  "SR.001": (s) => ["asset_name", "asset_type", "source_file", "usd_date_generated"].filter((k) => !word(s.custom["string " + k]))
    .concat("dictionary SimReady_Metadata" in s.custom ? [] : ["SimReady_Metadata"])
    .concat(day.test(word(s.custom["string usd_date_generated"])) ? [] : ["no day"]),
  "HI.010": (s) => s.where((p) => p.how !== "def" || !p.type),
  "com.nvidia.usd.AA.001": (s) => assets(s).filter((a) => !a.startsWith("./") || a.includes("..") || a.includes("\\")),
  "com.nvidia.usd.AA.002": (s) => s.files.filter((f) => !isUSD(f) && !/\.(png|jpg|jpeg|exr|m4a|mp3|wav)$/.test(f)),
  "UN.006": (s) => (word(s.meta.upAxis) === "Z" ? [] : ["upAxis"]),
  "UN.007": (s) => (Number(s.meta.metersPerUnit) === 1 ? [] : ["metersPerUnit"]),
  "VG.MESH.001": (s) => (s.of("Mesh").length ? s.where((p) => p.type === "Mesh" && word(p.node["uniform token subdivisionScheme"]) !== "none") : ["no Mesh"]),
  "com.nvidia.usd.VG.002": (s) => s.where((p) => p.type === "Mesh" && (mesh(p).extent.length !== 6 || bounds(mesh(p).points).some((v, i) => v !== mesh(p).extent[i]))),
  "VG.008": duplicates,
  "com.nvidia.usd.VG.014": (s) => s.where((p) => p.type === "Mesh" && !mesh(p).sound),
  "VG.025": (s) => s.where((p) => !p.above.length && operations(p).length > 0),
  "com.nvidia.usd.VG.027": (s) => s.where((p) => p.type === "Mesh" &&
    Object.keys(p.node).filter((k) => / (primvars:)?normals$/.test(k)).length !== 1),
  "com.nvidia.usd.VG.028": (s) => s.where((p) => {
    if (p.type !== "Mesh") return false;
    const n = mesh(p).normals;
    if (!mesh(p).corners && n.length !== mesh(p).points.length) return true;
    for (let i = 0; i < n.length; i += 3) if (!(Math.abs(Math.hypot(n[i], n[i + 1], n[i + 2]) - 1) < 1e-4)) return true;
    return false;
  }),
  "com.nvidia.usd.VG.029": (s) => s.where((p) => p.type === "Mesh" && (!mesh(p).sound || backwards(mesh(p)) > 0)),
  "com.nvidia.usd.HI.001": (s) => (s.roots.length === 1 ? [] : [`${s.roots.length} roots`]),
  "com.nvidia.usd.HI.003": (s) => s.roots.filter((p) => !placed.includes(p.type)).map((p) => p.path),
  "com.nvidia.usd.HI.004": (s) => (s.roots.some((p) => p.name === word(s.meta.defaultPrim)) ? [] : ["defaultPrim"]),
  "RB.001": (s) => (s.has("PhysicsRigidBodyAPI").length ? [] : ["no body"]),
  "com.nvidia.usd.RB.003": (s) => s.has("PhysicsRigidBodyAPI").filter((p) => !placed.includes(p.type)).map((p) => p.path),
  "com.nvidia.usd.RB.005": (s) => s.has("PhysicsRigidBodyAPI").filter((p) => [...p.above, p].some((q) => String(q.node.instanceable) === "true")).map((p) => p.path),
  "RB.007": (s) => {
    const c = s.has("PhysicsCollisionAPI"), all = c.length > 0 && c.every((p) => !massBug(p));
    return s.has("PhysicsRigidBodyAPI").filter((p) => massBug(p) && !(massBug(p) === "no float mass" && all)).map((p) => `${p.path}: ${massBug(p)}`);
  },
  "com.nvidia.usd.RB.009": (s) => s.has("PhysicsRigidBodyAPI").filter((p) => operations(p).some(([k, v]) => /xformOp:transform/.test(k) || (/xformOp:scale/.test(k) && uneven(v)))).map((p) => p.path),
  "RB.010": (s) => s.has("PhysicsCollisionAPI").filter((p) => p.type === "Mesh" && !("rel material:binding" in p.node) && word(p.node["uniform token purpose"]) !== "guide").map((p) => p.path),
  "RB.COL.001": (s) => s.has("PhysicsCollisionAPI").filter((p) => !shapes.includes(p.type)).map((p) => p.path),
  "RB.COL.002": (s) => s.has("PhysicsMeshCollisionAPI").filter((p) => p.type !== "Mesh").map((p) => p.path),
  "RB.COL.003": (s) => s.has("PhysicsMeshCollisionAPI").filter((p) => !apis(p).includes("PhysicsCollisionAPI")).map((p) => p.path),
  "com.nvidia.usd.RB.COL.004": (s) => s.has("PhysicsCollisionAPI").filter((p) => ["Sphere", "Capsule", "Cylinder", "Cone", "Points"].includes(p.type) &&
    operations(p).some(([k, v]) => /xformOp:scale/.test(k) && uneven(v))).map((p) => p.path),
};

// beside are rules outside the profile: what OpenUSD's own schemas want, and later
// profiles.
function beside(s) {
  const bad = [], paths = new Set(s.prims.map((p) => p.path));
  for (const p of s.prims) {
    for (const a of apis(p)) if (!known.includes(a)) bad.push(`${p.path}: unknown schema ${a}`);
    if (!/^[a-z][a-z0-9_]*$/.test(p.name)) bad.push(`NP.001 ${p.path}`);
    for (const [key, value] of Object.entries(p.node)) {
      if (!key.startsWith("rel ") && !key.endsWith(".connect")) continue;
      for (const r of refs(value)) if (!paths.has(r.split(".")[0])) bad.push(`${p.path}: ${key} dangles`);
    }
  }
  for (const { path: where, node: n } of s.has("PhysicsRigidBodyAPI")) {
    if (numbers(n["quatf physics:principalAxes"]).length !== 4) bad.push(`RB.008 ${where}: principalAxes`);
    if (!numbers(n["float3 physics:diagonalInertia"]).every((v) => v > 0)) bad.push(`RB.008 ${where}: inertia`);
  }
  const colliders = s.has("PhysicsCollisionAPI");
  if (!colliders.length) bad.push("no collider");
  for (const { path: where, node: n } of colliders) {
    if (word(n["uniform token physics:approximation"]) !== "convexHull") bad.push(`${where}: approximation`);
    const [material] = refs(n["rel material:binding:physics"]);
    if (!s.has("PhysicsMaterialAPI").some((p) => p.path === material)) bad.push(`PMT.001 ${where}`);
  }
  const thumbnail = path.posix.join(path.posix.dirname(s.path), ".thumbs/256x256", path.posix.basename(s.path) + ".png");
  if (!s.files.includes(thumbnail)) bad.push("SR.002 " + thumbnail);
  return bad;
}

// verdicts returns what is wrong with a parsed layer: of each requirement, and beside
// them. files are all of the package's, place is the layer's among them.
export function verdicts(root, place, files) {
  const meta = root["#usda 1.0"] ?? {}, all = [...prims(root)];
  const s = { meta, custom: meta.customLayerData ?? {}, prims: all, roots: all.filter((p) => !p.above.length), path: place, files };
  s.of = (type) => all.filter((p) => p.type === type);
  s.has = (api) => all.filter((p) => apis(p).includes(api));
  s.where = (test) => all.filter(test).map((p) => p.path);
  return {
    required: Object.fromEntries(Object.entries(table).map(([id, test]) => [id, test(s).slice(0, 3)])),
    beside: beside(s),
  };
}
