// Draws the page anew when a job changes. The server renders it: what comes over
// the stream is only the sign that something did.
"use strict";
const live = document.getElementById("live");
let timer = 0;

async function draw() {
  timer = 0;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = document.activeElement?.form?.action;
    document.getElementById("main").replaceWith(document.importNode(next.getElementById("main"), true));
    [...document.forms].find((f) => f.action === focused)?.querySelector("button").focus();
  } catch {
    live.textContent = "not connected";
  }
}

function soon(ms) {
  if (!timer) timer = setTimeout(draw, ms);
}

const events = new EventSource("/api/events");
events.onmessage = () => soon(300);
events.onopen = () => { live.textContent = "live"; soon(0); };
events.onerror = () => { live.textContent = "not connected"; };
