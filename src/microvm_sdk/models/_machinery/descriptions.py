"""The sentences under the fields of models, as descriptions in JSON schemas.

pydantic's `use_attribute_docstrings` reads the source of every model when it is defined, which
would slow down each cold start. Here, the source is read when a JSON schema is made.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel

# Reading the source of a class takes some 10 ms. The keys are weak, because a program may define
# classes in functions, and they must not outlive it.
_OWN: WeakKeyDictionary[type[Any], dict[str, str]] = WeakKeyDictionary()


def add_descriptions(model: type[Any], schema: dict[str, Any]) -> None:
    """Add the descriptions of a model's fields to its JSON schema.

    Args:
        model: The model.
        schema: The schema, with a property for each field.
    """
    properties = schema.get("properties", {})
    for base in model.__mro__[: model.__mro__.index(BaseModel)]:
        if base not in _OWN:
            _OWN[base] = dict(_own(base))
        for name, text in _OWN[base].items():
            for spelling in {name, *_aliases(model, name)} & properties.keys():
                properties[spelling].setdefault("description", text)


def _aliases(model: type[Any], name: str) -> list[Any]:
    field = model.model_fields.get(name)
    return [] if field is None else [field.alias, field.serialization_alias]


def _own(model: type[Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields that a class defines itself, with the string below each."""
    import ast  # noqa: PLC0415  Programs without JSON schemas do not pay for the import.
    import inspect  # noqa: PLC0415  The same.
    from textwrap import dedent  # noqa: PLC0415  The same.

    try:
        (definition,) = ast.parse(dedent(inspect.getsource(model))).body
    except (OSError, TypeError, SyntaxError):
        return  # There is no source in an application that PyInstaller has packaged.
    body = getattr(definition, "body", [])
    for field, below in pairwise(body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
            case _:
                pass
