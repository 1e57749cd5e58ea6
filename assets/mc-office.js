// What the pages of officers do better with a script: fresh counts, who else has a dossier open, ten seconds to take words back, a scanner anywhere.
"use strict";
const counts = document.querySelector("[data-counts]");
if (counts && window.EventSource) {
  new EventSource(counts.dataset.counts).addEventListener("so-luong", (e) => {
    for (const [slug, n] of Object.entries(JSON.parse(e.data))) {
      const b = counts.querySelector(`[data-count="${slug}"]`);
      if (b && n < 1000) b.textContent = n.toLocaleString("vi-VN");
    }
  });
}
const here = document.querySelector("[data-presence]");
if (here) {
  const beat = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(here.dataset.presence, { method: "POST", body: new URLSearchParams({ csrf: here.dataset.csrf }) });
      if (!answer.ok || answer.redirected) return;
      const who = await answer.text();
      here.querySelector("[data-presence-who]").textContent = who;
      here.hidden = !who;
    } catch { /* the next beat tries again */ }
  };
  setInterval(beat, 20000);
}
// Words that leave the house wait for ten seconds; leaving the page stops them, and says so.
for (const form of document.querySelectorAll("form[data-undo]")) {
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    e.stopImmediatePropagation();
    if (document.querySelector(".mc-undo")) return;
    let left = Number(form.dataset.undo);
    const box = document.createElement("div"), text = document.createElement("span"), stop = document.createElement("button");
    box.className = "mc-undo";
    box.setAttribute("role", "alert");
    stop.type = "button";
    stop.textContent = form.dataset.undoStop;
    box.append(text, stop);
    document.body.append(box);
    const show = () => { text.textContent = form.dataset.undoText.replace(/\d+/, left); };
    const warn = (w) => w.preventDefault();
    const end = () => { clearInterval(timer); window.removeEventListener("beforeunload", warn); box.remove(); };
    const timer = setInterval(() => {
      left -= 1;
      show();
      if (left > 0) return;
      end();
      const sure = document.createElement("input");
      sure.type = "hidden";
      sure.name = "xac-nhan";
      sure.value = "1";
      form.append(sure);
      form.submit();
    }, 1000);
    show();
    window.addEventListener("beforeunload", warn);
    stop.addEventListener("click", end);
    stop.focus();
  }, true);
}
// A scanner types fast and ends with Enter: wherever the cursor stands outside a field, the code opens its page.
let burst = "", last = 0;
document.addEventListener("keydown", (e) => {
  if (e.target.matches("input,textarea,select") || e.ctrlKey || e.metaKey || e.altKey) return;
  const now = performance.now();
  if (now - last > 60) burst = "";
  last = now;
  if (e.key === "Enter" && burst.length >= 8) {
    e.preventDefault();
    location.href = "/quet?q=" + encodeURIComponent(burst);
  } else if (e.key.length === 1) burst += e.key;
}, true);
// A result's file is brought while the form is being filled in; the form then names it.
for (const input of document.querySelectorAll("[data-upload]")) {
  input.addEventListener("change", async () => {
    const file = input.files[0], into = document.getElementById(input.dataset.into), status = input.nextElementSibling;
    into.value = "";
    if (!file) return;
    status.textContent = "…";
    try {
      const answer = await fetch(input.dataset.upload + "?name=" + encodeURIComponent(file.name), { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file });
      if (!answer.ok || answer.redirected) throw new Error();
      into.value = (await answer.json()).sha256;
      status.textContent = input.dataset.good + ": " + file.name;
    } catch { status.textContent = input.dataset.wrong; input.value = ""; }
  });
}
