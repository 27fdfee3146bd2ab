// Headings of sortable tables become buttons; without this script the tables are plain and complete.
document.querySelectorAll("table.sortable").forEach(table => {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const number = head.classList.contains("num");
      const current = head.getAttribute("aria-sort");
      const up = current ? current === "descending" : !number;
      const key = row => {
        const cell = row.cells[column];
        return number ? parseFloat(cell.dataset.key ?? "NaN") : cell.textContent;
      };
      const rows = [...body.rows].map((row, i) => [key(row), i, row]);
      rows.sort(([a, i], [b, j]) => {
        if (number && (isNaN(a) || isNaN(b))) return isNaN(a) - isNaN(b) || i - j;
        const order = number ? a - b : a.localeCompare(b);
        return (up ? order : -order) || i - j;
      });
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      body.append(...rows.map(([, , row]) => row));
    });
  });
});
// A link to a part below "Details" opens it; most browsers do so by themselves.
const reveal = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details")?.setAttribute("open", "");
addEventListener("hashchange", reveal);
reveal();
