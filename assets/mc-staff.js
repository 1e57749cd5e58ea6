// Keyboard and lists of staff screens.
"use strict";
const rows = () => [...document.querySelectorAll("tr[data-href]")];
let at = -1;
function go(step) {
  const all = rows();
  if (!all.length) return;
  at = Math.max(0, Math.min(all.length - 1, at + step));
  all.forEach((r, i) => r.classList.toggle("mc-at", i === at));
  all[at].scrollIntoView({ block: "nearest" });
  all[at].querySelector("a")?.focus({ preventScroll: true });
}
const typing = (e) => e.target.matches("input:not([type=radio]):not([type=checkbox]),textarea,select") || e.ctrlKey || e.metaKey || e.altKey;
document.addEventListener("keydown", (e) => {
  if (e.key.match(/^F\d+$/) || !typing(e)) {
    const b = document.querySelector(`[data-key="${CSS.escape(e.key.length === 1 ? e.key.toLowerCase() : e.key)}"]`);
    if (b) { e.preventDefault(); if (b.matches("input,textarea,select")) b.focus(); else b.click(); return; }
  }
  if (typing(e)) { if (e.key === "Escape") e.target.blur(); return; }
  if (e.key === "j" || e.key === "ArrowDown") { go(1); e.preventDefault(); }
  if (e.key === "k" || e.key === "ArrowUp") { go(-1); e.preventDefault(); }
  if (e.key === "/") { document.querySelector("[data-scan]")?.focus(); e.preventDefault(); }
});
