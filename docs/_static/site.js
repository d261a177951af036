// Code and tables that are wider than the page scroll. Without a tab stop, not every browser lets a
// keyboard scroll them.
function letKeyboardsScroll() {
  for (const box of document.querySelectorAll(".highlight pre, .table-wrapper")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.tagName === "PRE" ? "Code" : "Table");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) {
        box.removeAttribute(name);
      }
    }
  }
}

window.addEventListener("load", letKeyboardsScroll);
window.addEventListener("resize", letKeyboardsScroll);
