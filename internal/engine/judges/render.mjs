// Draws sources and our layers in Chromium and compares the pictures.
// usage: node render.mjs REQUEST.json → one JSON line per asset.
// A request is {browser, pictures, assets: [{source, usd, how}]}: the browser's path,
// a folder for the pictures or "", and of each asset the two files and how to shade
// them: "own" as their materials say, "colour" alike but for colour and texture,
// "shape" alike.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { chromium } from "playwright-core";

const request = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".png": "image/png", ".jpg": "image/jpeg" };

// The page, its modules, and the folders of the assets: /n/left/… and /n/right/….
const roots = { judges: import.meta.dirname };
request.assets.forEach((a, n) => {
  roots[`${n}-left`] = path.dirname(a.source);
  roots[`${n}-right`] = path.dirname(a.usd);
});
const server = http.createServer((q, w) => {
  const [root, ...rest] = decodeURIComponent(new URL(q.url, "http://x").pathname).slice(1).split("/");
  const file = path.join(roots[root] ?? "/nowhere", ...rest);
  fs.readFile(file, (err, data) => {
    w.writeHead(err ? 404 : 200, { "Content-Type": types[path.extname(file).toLowerCase()] ?? "application/octet-stream" });
    w.end(data);
  });
});
await new Promise((r) => server.listen(0, "127.0.0.1", r));
const base = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: request.browser,
  args: ["--no-sandbox", "--disable-background-networking", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
for (const [n, a] of request.assets.entries()) {
  const out = { n, said: [] };
  const page = await browser.newPage();
  page.on("pageerror", (e) => out.said.push(String(e)));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && out.said.push(m.text()));
  try {
    await page.goto(base + "/judges/render.html");
    await page.waitForFunction("window.ready");
    const url = (side, file) => `${base}/${n}-${side}/${encodeURIComponent(path.basename(file))}`;
    const { pictures, ...rest } = await page.evaluate((args) => window.judge(...args), [url("left", a.source), url("right", a.usd), a.how]);
    Object.assign(out, rest);
    if (request.pictures) {
      pictures.forEach((p, k) => fs.writeFileSync(
        path.join(request.pictures, `${n}-${["left", "right"][k]}.png`), Buffer.from(p.split(",")[1], "base64")));
    }
  } catch (e) {
    out.error = String(e);
  }
  await page.close();
  console.log(JSON.stringify(out));
}
await browser.close();
server.close();
