// What a citizen's page does better with a script; every page works without it.
"use strict";
// A second tap while the first is under way sends nothing twice.
document.addEventListener("submit", (e) => {
  const f = e.target;
  if (f.dataset.sent && Date.now() - f.dataset.sent < 8000) e.preventDefault();
  else f.dataset.sent = Date.now();
});
window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach((f) => delete f.dataset.sent));
// After a refusal the summary of errors is what is read first; its links lead into the fields.
const summary = document.querySelector("[data-error-summary]");
if (summary) {
  summary.focus();
  summary.addEventListener("click", (e) => {
    const field = e.target.hash && document.getElementById(e.target.hash.slice(1));
    if (!field) return;
    e.preventDefault();
    (field.closest(".govuk-form-group") || field).scrollIntoView();
    field.focus({ preventScroll: true });
  });
}
// What an option asks further stands only while it is chosen.
function conditional(input) {
  for (const i of document.querySelectorAll(`input[name="${CSS.escape(input.name)}"][aria-controls]`)) {
    const part = document.getElementById(i.getAttribute("aria-controls"));
    if (part) part.hidden = !i.checked;
  }
}
document.querySelectorAll("input[data-controls]").forEach((i) => { i.setAttribute("aria-controls", i.dataset.controls); conditional(i); });
document.addEventListener("change", (e) => { if (e.target.matches("input[type=radio],input[type=checkbox]")) conditional(e.target); });
// Buttons that only a script can serve appear with it.
document.querySelectorAll("[data-with-script]").forEach((e) => { e.hidden = false; });
document.addEventListener("click", (e) => { if (e.target.closest("[data-print]")) window.print(); });
