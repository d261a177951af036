"""A Sphinx extension: entries of the reference for the public names of a module.

A page says `.. public-names:: microvm_sdk.models.image`, and has an entry for each name that the
package makes public and that the module defines, so that a new model needs no entry by hand.
`:only: ServiceError` restricts them to subclasses, and `:without: ServiceError` leaves these out.
"""

# ruff: noqa: INP001 - Sphinx loads it by its name.

import ast
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, get_args

import microvm_sdk
from microvm_sdk import Result, ServiceError
from microvm_sdk.models._machinery.model import Model

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MODULES = (
    microvm_sdk,
    *(import_module(f"microvm_sdk.{name}") for name in sorted(microvm_sdk._PUBLIC_MODULES)),  # noqa: SLF001  The only list of them.
)
"""The modules whose names are public."""
PUBLIC_NAMES = re.compile(
    r"^\.\. public-names:: (?P<module>\S+)(?:\n +:(?P<option>only|without): (?P<base>\w+))?$",
    re.MULTILINE,
)


def definitions(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield the classes, functions and aliases that a module defines, and their docstrings."""
    nodes = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if has_name(node)]
    for node in sorted(nodes, key=lambda node: node.lineno):
        if isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target), docstring_below(module, node)
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, ""


def has_name(node: ast.AST) -> bool:
    """Return whether a node defines a class, a function or an alias."""
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.annotation) == "TypeAlias"
    return isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))


def docstring_below(module: ModuleType, alias: ast.AnnAssign) -> str:
    """Return the string below the definition of an alias."""
    lines = inspect.getsource(module).splitlines()[alias.end_lineno :]
    (statement,) = ast.parse(lines[0]).body
    return str(ast.literal_eval(statement.value)) if isinstance(statement, ast.Expr) else ""


def entry(name: str, thing: Any, docstring: str) -> str:
    """Return the directive for a public name."""
    short = name.rpartition(".")[2]
    if docstring:
        members = " | ".join(member.__name__ for member in get_args(get_args(thing)[0]))
        return (
            f".. py:type:: {short}\n   :canonical: {members}\n\n"
            f"   {docstring} A union: match over its variants.\n"
        )
    if not inspect.isclass(thing):
        return f".. autofunction:: {name}\n"
    if issubclass(thing, Model):
        return f".. autoclass:: {name}\n   :inherited-members: Result, Model, BaseModel\n"
    if issubclass(thing, ServiceError) and thing is not ServiceError:
        return f".. autoexception:: {name}\n   :inherited-members: ServiceError\n"
    kind = "autoexception" if issubclass(thing, Exception) else "autoclass"
    return f".. {kind}:: {name}\n"


def place(thing: Any) -> int:
    """Order the entries: results, unions, other classes, enums."""
    if not inspect.isclass(thing):
        return 1
    return 0 if issubclass(thing, Result) else 3 if issubclass(thing, Enum) else 2


def entries(match: re.Match[str]) -> str:
    """Return the entries in place of `.. public-names::`."""
    module = import_module(match["module"])
    # The names in the modules of models are public under the package's own name.
    face = module if hasattr(module, "__all__") else microvm_sdk
    found = [
        (f"{face.__name__}.{name}", getattr(module, name), docstring)
        for name, docstring in definitions(module)
        if name in face.__all__
    ]
    if match["base"]:
        base = getattr(module, match["base"])
        is_wanted = match["option"] == "only"
        found = [
            item
            for item in found
            if (issubclass(item[1], base) and item[1] is not base) == is_wanted
        ]
    return "\n".join(
        entry(*item) for item in sorted(found, key=lambda item: place(item[1]))
    ).rstrip()


def with_public_names(text: str) -> str:
    """Return the text of a page with its entries."""
    return PUBLIC_NAMES.sub(entries, text)


def expand(_app: "Sphinx", _page: str, source: list[str]) -> None:
    """Expand a page that Sphinx has read."""
    source[0] = with_public_names(source[0])


def setup(app: "Sphinx") -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", expand)
    return {"parallel_read_safe": True}
