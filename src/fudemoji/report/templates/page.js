"use strict";
for (const head of document.querySelectorAll("th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const table = head.closest("table"), place = head.cellIndex, numeric = head.dataset.sort === "number";
    const up = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const key = (row) => row.cells[place].textContent.replace(/[,%\s]/g, numeric ? "" : "$&");
    const worth = (row) => (Number.isNaN(parseFloat(key(row))) ? -1 : parseFloat(key(row)));
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => up * (numeric ? worth(a) - worth(b) : key(a).localeCompare(key(b), "ja", { numeric: true })));
    table.tBodies[0].append(...rows);
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up === 1 ? "ascending" : "descending");
  });
}
for (const table of document.querySelectorAll("table[data-find]")) {
  if (table.tBodies[0].rows.length <= 20) continue;
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = table.dataset.find;
  field.setAttribute("aria-label", table.dataset.find);
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
  table.parentElement.before(field);
}
const command = document.getElementById("command");
if (command && navigator.clipboard) {
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = "copy";
  copy.addEventListener("click", () =>
    navigator.clipboard.writeText(command.textContent).then(() => { copy.textContent = "copied"; }));
  command.after(copy);
}
addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });
