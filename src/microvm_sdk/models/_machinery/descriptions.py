"""The sentences under the fields of the models, as the descriptions in JSON schemas.

pydantic's `use_attribute_docstrings` reads the source file whenever a model is defined, which would
slow down every import. Here, the source is read when somebody requests a JSON schema.
"""

import ast
import inspect
import sys
from functools import cache

from pydantic import BaseModel

_PACKAGE = __name__.partition(".")[0]


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the description of each field of a model that has one.

    There are none where Python has no source files, such as in a frozen application. The fields of
    a user's subclass have none, either: pydantic reads them if the subclass is configured so.
    """
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if cls.__module__.partition(".")[0] == _PACKAGE:
            found.update(_of_module(cls.__module__).get(cls.__name__, {}))
    return {name: text for name, text in found.items() if name in model.model_fields}


@cache
def _of_module(module: str) -> dict[str, dict[str, str]]:
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):
        return {}
    return {node.name: _of_class(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for field, docstring in zip(node.body, node.body[1:], strict=False):
        match field, docstring:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
            case _:
                pass
    return found
