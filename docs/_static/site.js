// Code, tables and pictures that are wider than the page scroll. Without a tab stop, not every
// browser lets a keyboard scroll them.
function nameOf(box) {
  if (box.tagName === "PRE") {
    return "Code";
  }
  return box.classList.contains("wide-picture") ? "Picture" : "Table";
}

function letKeyboardsScroll() {
  for (const box of document.querySelectorAll(".highlight pre, .table-wrapper, .wide-picture")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", nameOf(box));
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) {
        box.removeAttribute(name);
      }
    }
  }
}

window.addEventListener("load", letKeyboardsScroll);
window.addEventListener("resize", letKeyboardsScroll);
