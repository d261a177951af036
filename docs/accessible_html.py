"""A Sphinx extension: what the theme leaves out for readers on phones, touch screens and keyboards.

`_static/site.js` and `_static/site.css` do the rest.
"""

# ruff: noqa: INP001 - Sphinx loads it by its name.

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Between the words of an identifier: after `_`, `.`, `:`, `/` and `-`, and before a capital letter.
BETWEEN_WORDS = re.compile(r"(?<=[_.:/-])(?=\w)|(?<=[a-z])(?=[A-Z])")


def let_identifiers_break(_app: "Sphinx", doctree: nodes.document, _page: str) -> None:
    """Let the identifiers in tables break between their words, and nowhere else."""
    for table in doctree.findall(nodes.table):
        for literal in list(table.findall(nodes.literal)):
            for text in list(literal.findall(nodes.Text)):
                parts = [part for part in BETWEEN_WORDS.split(text) if part]
                pieces: list[nodes.Node] = [nodes.Text(parts[0])] if parts else []
                for part in parts[1:]:
                    pieces += [nodes.raw("", "<wbr>", format="html"), nodes.Text(part)]
                text.parent.replace(text, pieces)


def give_captions_a_level(
    _app: "Sphinx", _page: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Give the headings of the table of contents the level that the theme forgets."""
    tree = context.get("furo_navigation_tree")
    if tree:
        context["furo_navigation_tree"] = tree.replace(
            'role="heading"', 'role="heading" aria-level="2"'
        )


def setup(app: "Sphinx") -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-resolved", let_identifiers_break)
    # After the theme, which makes the tree.
    app.connect("html-page-context", give_captions_a_level, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
