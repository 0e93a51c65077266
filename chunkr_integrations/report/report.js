"use strict";
// Without this script everything is still there: the table, the pages, the boxes and their titles.
const boxes = new Map();
for (const box of document.querySelectorAll(".box")) {
  for (const id of box.dataset.fields.split(" ")) boxes.set(id, [...(boxes.get(id) || []), box]);
}
const rows = [...document.querySelectorAll("tbody tr")];
let active = null;

function mark(row, name, on) {
  row.classList.toggle(name, on);
  for (const box of boxes.get(row.id) || []) box.classList.toggle(name, on);
}
function select(row, from) {
  if (active) {
    mark(active, "active", false);
    active.querySelector("button").setAttribute("aria-pressed", "false");
  }
  active = row;
  if (!row) return;
  mark(row, "active", true);
  row.querySelector("button").setAttribute("aria-pressed", "true");
  const target = from === "box" ? row : (boxes.get(row.id) || [])[0];
  if (target) target.scrollIntoView({block: from === "box" ? "nearest" : "center", inline: "nearest"});
  history.replaceState(null, "", "#" + row.id);
}
for (const row of rows) {
  row.addEventListener("click", (event) => { if (!event.target.closest("a")) select(row, "row"); });
  row.addEventListener("mouseenter", () => mark(row, "hover", true));
  row.addEventListener("mouseleave", () => mark(row, "hover", false));
}
for (const box of document.querySelectorAll(".box")) {
  const own = box.dataset.fields.split(" ").map((id) => document.getElementById(id));
  box.addEventListener("mouseenter", () => own.forEach((row) => mark(row, "hover", true)));
  box.addEventListener("mouseleave", () => own.forEach((row) => mark(row, "hover", false)));
  // A box of several fields goes through them, click by click.
  box.addEventListener("click", () => select(own[(own.indexOf(active) + 1) % own.length], "box"));
}
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (event.key === "Escape") select(null);
  if (!step || (!active && !event.target.closest("tbody"))) return;
  const visible = rows.filter((row) => row.offsetParent !== null);
  const at = visible.indexOf(active || event.target.closest("tr"));
  const next = visible[at + step];
  if (!next) return;
  event.preventDefault();
  next.querySelector("button").focus({preventScroll: true});
  select(next, "row");
  next.scrollIntoView({block: "nearest"});
});
const filter = document.querySelector(".filter");
filter.hidden = false;
filter.addEventListener("change", (event) => { document.body.dataset.filter = event.target.value; });
const linked = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (linked && rows.includes(linked)) select(linked, "row");
