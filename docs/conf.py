"""How the site is built: `sphinx-build -W -b html docs docs/_build/html`."""

# ruff: noqa: INP001 - Sphinx loads it by its path.

import sys
from pathlib import Path

import microvm_sdk

sys.path.insert(0, str(Path(__file__).parent))

project = "microvm-sdk"
author = "The microvm-sdk developers"
copyright = f"2026, {author}"  # noqa: A001  Sphinx's name for it.
version = release = microvm_sdk.__version__

extensions = [
    "accessible_html",
    "annotations_as_written",
    "code_in_docstrings",
    "myst_parser",
    "public_names",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_html_meta = {
    "description": (
        "microvm-sdk is the typed Python SDK for AWS Lambda MicroVMs: frozen pydantic models over "
        "boto3, waiters, safe releases, async, and a local service for tests."
    ),
}
# Of a terminal, only the commands are copied. A block that is output only has no button.
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"
copybutton_selector = "div:not(.highlight-output) > div.highlight > pre"

html_theme = "furo"
html_title = f"microvm-sdk {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_favicon = "_static/favicon.svg"
html_baseurl = "https://microvm-sdk.readthedocs.io/en/latest/"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "source_repository": "https://github.com/microvm-sdk/microvm-sdk/",
    "source_branch": "main",
    "source_directory": "docs/",
}
# The default dark style underlines module names, as if they were links.
pygments_dark_style = "github-dark"

# Only the names that the pages link to, in intersphinx's plain text format, so that the site builds
# without a network.
intersphinx_mapping = {
    "boto3": ("https://docs.aws.amazon.com/boto3/latest/", "inventories/boto3.txt"),
    "botocore": ("https://docs.aws.amazon.com/botocore/latest/", "inventories/botocore.txt"),
    "pydantic": ("https://docs.pydantic.dev/latest/", "inventories/pydantic.txt"),
    "python": ("https://docs.python.org/3/", "inventories/python.txt"),
}
# `type[...]` in a signature is also the name of an attribute of several exceptions.
suppress_warnings = ["ref.python"]
autosummary_generate = False
viewcode_line_numbers = True

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "exclude-members": "model_config, wire_tag"}
autodoc_preserve_defaults = True
autodoc_type_aliases = {
    name: name for name in ("CodeArtifact", "Logging", "PortSpecification", "datetime")
}
add_module_names = False
python_maximum_signature_line_length = 60
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_ivar = False
toc_object_entries_show_parents = "hide"
