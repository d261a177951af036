"""A Sphinx extension: indented code in a docstring is shown as code.

The docstrings have no markup for it, because they are also read in `help()` and in editors.
"""

# ruff: noqa: INP001 - Sphinx loads it by its name.

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Fields, directives and lists have indented text of their own.
MARKUP = (":", "..", "*", "-", " ")


def mark_code(
    _app: "Sphinx", _what: str, _name: str, _object: object, _options: Any, lines: list[str]
) -> None:
    """Put a directive before each block that is indented below a paragraph of plain text."""
    marked: list[str] = []
    before = ""
    for line in lines:
        is_code = line.startswith("    ") and marked[-1:] == [""]
        if is_code and before and not before.startswith(MARKUP) and not before.endswith("::"):
            marked += [".. code-block:: python", ""]
        marked.append(line)
        before = line or before
    lines[:] = marked


def setup(app: "Sphinx") -> dict[str, bool]:
    """Register with Sphinx."""
    # After napoleon, which makes fields of the sections.
    app.connect("autodoc-process-docstring", mark_code, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
