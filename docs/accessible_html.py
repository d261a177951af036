"""A Sphinx extension: what the theme leaves out for readers on phones, touch screens and keyboards.

`_static/site.js` and `_static/site.css` do the rest.
"""

# ruff: noqa: INP001 - Sphinx loads it by its name.

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
CODE = re.compile(r'(?<=<span class="pre">)[^<]+')
# Between the words of an identifier: after `_`, `.`, `:`, `/` and `-`, and before a capital letter.
BETWEEN_WORDS = re.compile(r"(?<=[_.:/-])(?=\w)|(?<=[a-z])(?=[A-Z])")


def let_identifiers_break(table: re.Match[str]) -> str:
    """Let the identifiers in a table break between their words, and nowhere else."""
    return CODE.sub(lambda code: BETWEEN_WORDS.sub("<wbr>", code[0]), table[0])


def finish(
    _app: "Sphinx", _page: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Change the HTML of a page. The search index is made of the text, and stays as it is."""
    if "body" in context:
        context["body"] = TABLE.sub(let_identifiers_break, context["body"])
    if "furo_navigation_tree" in context:
        # The captions are headings, and the theme gives them no level.
        context["furo_navigation_tree"] = context["furo_navigation_tree"].replace(
            'role="heading"', 'role="heading" aria-level="2"'
        )


def setup(app: "Sphinx") -> dict[str, bool]:
    """Register with Sphinx."""
    # After the theme, which makes the tree.
    app.connect("html-page-context", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
