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
  for (const e of fs.readdirSync(from, { withFileTypes: true })) {
    const a = path.join(from, e.name), b = to + "/" + e.name;
    if (e.isDirectory()) {
      if (!mj.FS.analyzePath(b).exists) mj.FS.mkdir(b);
      copy(a, b);
    } else {
      mj.FS.writeFile(b, fs.readFileSync(a));
    }
  }
}

function compile(xml) {
  mj.FS.writeFile("/w/model.xml", xml);
  return mj.MjModel.loadFromXML("/w/model.xml");
}

function body(m) {
  return {
    mass: m.body_mass[1],
    inertia: Array.from(m.body_inertia.slice(3, 6)),
    centre: Array.from(m.body_ipos.slice(3, 6)),
  };
}

// rest drops the body by 0.3 m onto a plane and reports how it lies after 4 s.
function rest(xml) {
  const world = xml.replace("<worldbody>", '<worldbody><geom name="judge_floor" type="plane" size="0 0 1"/>');
  const m = compile(world);
  const d = new mj.MjData(m);
  d.qpos[2] += 0.3;
  for (let i = 0; i < 2000; i++) mj.mj_step(m, d);
  const out = { z: d.qpos[2], speed: Math.hypot(...Array.from(d.qvel)) };
  d.delete();
  m.delete();
  return out;
}

for (const [i, r] of JSON.parse(fs.readFileSync(process.argv[2], "utf8")).entries()) {
  const out = { i };
  try {
    copy(r.dir, "/w");
    const m = compile(r.xml);
    out.body = body(m);
    m.delete();
    if (r.rest) out.rest = rest(r.xml);
    if (r.exact) {
      const e = compile(r.exact);
      out.exact = body(e);
      e.delete();
    }
  } catch (e) {
    out.error = String(e?.name ?? e) + ": " + String(e?.message ?? "");
  }
  console.log(JSON.stringify(out));
}
