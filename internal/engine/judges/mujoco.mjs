// Loads MuJoCo models and lets them fall.
// usage: node mujoco.mjs REQUEST.json → one JSON line per model on stdout.
// A request is [{dir, xml, exact, rest}]: dir a folder with the model's files below it,
// xml the model's text, exact a second model whose mass MuJoCo works out itself, or "",
// rest whether to drop it.
import fs from "node:fs";
import path from "node:path";
import load from "mujoco-js";

const mj = await load();
mj.FS.mkdir("/w");
mj.FS.mount(mj.MEMFS, { root: "." }, "/w");

function copy(from, to) {
  mj.FS.mkdir(to);
  for (const e of fs.readdirSync(from, { withFileTypes: true })) {
    const a = path.join(from, e.name), b = to + "/" + e.name;
    if (e.isDirectory()) copy(a, b);
    else mj.FS.writeFile(b, fs.readFileSync(a));
  }
}

function compile(dir, xml) {
  mj.FS.writeFile(dir + "/model.xml", xml);
  return mj.MjModel.loadFromXML(dir + "/model.xml");
}

function body(m) {
  return {
    mass: m.body_mass[1],
    inertia: Array.from(m.body_inertia.slice(3, 6)),
    centre: Array.from(m.body_ipos.slice(3, 6)),
  };
}

// touched are the vertices of the collision meshes, in the body's frame.
function touched(dir, xml) {
  const out = [];
  for (const [, name] of xml.matchAll(/class="collision"[^>]* mesh="([^"]*)"/g)) {
    const text = mj.FS.readFile(`${dir}/meshes/${name}.obj`, { encoding: "utf8" });
    for (const [, x, y, z] of text.matchAll(/^v (\S+) (\S+) (\S+)/gm)) out.push([+x, +y, +z]);
  }
  return out;
}

// height of a point of the body over the floor.
function height(q, [x, y, z]) {
  const [, , pz, w, i, j, k] = q;
  return pz + 2 * (i * k - w * j) * x + 2 * (j * k + w * i) * y + (1 - 2 * (i * i + j * j)) * z;
}

const second = 500; // steps

// rest drops the body by 0.3 m onto a plane and follows it until it has lain still
// for a second, at most 20 s. Its speed is the root mean square of all its mass', in
// m/s: √(2 E / m) with E the kinetic energy. |qvel| would add m/s to rad/s, and
// call a bottle restless whose hull rocks by a hair between two facets.
function rest(dir, xml) {
  const m = compile(dir, xml.replace("<worldbody>", '<worldbody><geom name="judge_floor" type="plane" size="0 0 1"/>'));
  const d = new mj.MjData(m);
  const points = touched(dir, xml);
  d.qpos[2] += 0.3;
  let speed = Infinity, seconds = 0;
  while (seconds < 20 && !(speed < 0.05)) {
    speed = 0;
    for (let i = 0; i < second; i++) {
      mj.mj_step(m, d);
      mj.mj_energyVel(m, d);
      speed = Math.max(speed, Math.sqrt((2 * d.energy[1]) / m.body_mass[1]));
    }
    seconds++;
  }
  const q = Array.from(d.qpos);
  const out = { seconds, speed, lowest: Math.min(...points.map((p) => height(q, p))), finite: q.every(Number.isFinite) };
  d.delete();
  m.delete();
  return out;
}

for (const [i, r] of JSON.parse(fs.readFileSync(process.argv[2], "utf8")).entries()) {
  const out = { i };
  try {
    // A folder each: MuJoCo remembers what it read by name and time.
    const dir = "/w/" + i;
    copy(r.dir, dir);
    const m = compile(dir, r.xml);
    out.body = body(m);
    m.delete();
    if (r.rest) out.rest = rest(dir, r.xml);
    if (r.exact) {
      const e = compile(dir, r.exact);
      out.exact = body(e);
      e.delete();
    }
  } catch (e) {
    out.error = String(e?.name ?? e) + ": " + String(e?.message ?? "");
  }
  console.log(JSON.stringify(out));
}
