"""Locations of errors with Python's names, for errors from a model's constructor."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel

from microvm_sdk.models._machinery.names import spellings

Location: TypeAlias = tuple[int | str, ...]


def python_location(hint: Any, location: Location) -> Location:
    """Replace the service's names in the location of an error by Python's.

    Args:
        hint: The type that was validated, such as a model or `tuple[Resources, ...] | None`.
        location: The location in it.

    Returns:
        The location with the names of the fields. The keys of maps stay as they are.
    """
    if not location:
        return ()
    first, rest = location[0], location[1:]
    for option in _options(hint):
        if get_origin(option) in {tuple, Mapping}:
            # `X` of `Mapping[str, X]` or `tuple[X, ...]`.
            item = [argument for argument in get_args(option) if argument is not ...][-1]
            return (first, *python_location(item, rest))
        if isinstance(option, type) and issubclass(option, BaseModel):
            for name, inside in _names(option, first):
                return (name, *python_location(inside, rest))
    return location


def _names(model: type[BaseModel], first: int | str) -> Iterator[tuple[str, Any]]:
    """Yield the Python name of a model's tag or field, and the type under it."""
    tag = getattr(model, "wire_tag", None)
    if tag is not None and first in spellings(tag):
        yield spellings(tag)[1], model
    for name, field in model.model_fields.items():
        if first in (name, field.alias, field.validation_alias):
            yield name, field.annotation


def _options(hint: Any) -> Iterator[Any]:
    """Yield the types in a union, however it is annotated."""
    if hasattr(hint, "__metadata__"):
        yield from _options(get_args(hint)[0])
    elif get_origin(hint) in {tuple, Mapping} or not get_args(hint):
        yield hint
    else:
        for option in get_args(hint):
            yield from _options(option)
