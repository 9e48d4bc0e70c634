"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  // A figure sorts by its value, words by themselves; what is missing stays last.
  const key = (row, column) => {
    const cell = row.cells[column];
    const figure = cell && cell.querySelector("data");
    if (figure) return Number(figure.value);
    return cell ? cell.textContent.trim() : "";
  };
  const order = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };
  const sort = (table, column, heading) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    rows.sort(([a], [b]) => (a === "" || b === "" ? order(a, b) : down ? order(b, a) : order(a, b)));
    body.append(...rows.map(([, row]) => row));
  };
  const sortable = (table) => {
    if (table.tHead.rows[0].cells[0].querySelector("button")) return;
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, column, heading));
      heading.append(button);
    });
  };
  const filter = (box) => {
    const rows = [...box.parentElement.querySelectorAll("tbody tr")];
    const field = box.querySelector("input");
    const found = box.querySelector(".found");
    box.hidden = false;
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      found.textContent = wanted === "" ? "" : `${shown} of ${rows.length} rows`;
    });
  };
  const ready = (part) => {
    for (const table of part.querySelectorAll("table")) sortable(table);
    for (const box of part.querySelectorAll(".filter[hidden]")) filter(box);
  };
  // Folded tables are made ready when they are opened: a large report opens at once.
  for (const part of document.querySelectorAll("main .table")) if (!part.closest("details")) ready(part);
  for (const fold of document.querySelectorAll("details")) fold.addEventListener("toggle", () => ready(fold), { once: true });

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")].filter((fold) => fold.querySelectorAll("tr").length <= 60);
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
})();
