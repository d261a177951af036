"""What type hints mean, and what pydantic makes of them."""

import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from microvm_sdk.models._machinery.union_members import tag_of
from microvm_sdk.models._machinery.unions import TaggedUnion


def wire_name(field: FieldInfo) -> str | None:
    """Find the one name that a field is read and dumped under; `None` if they differ."""
    read: Any = field.validation_alias or field.alias
    names = {read, field.serialization_alias or field.alias}
    (name,) = names if len(names) == 1 else (None,)
    return name if isinstance(name, str) else None


def _plain(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def options_of(hint: Any) -> list[Any]:
    """List the types that a hint allows besides None, without their annotations."""
    hint = _plain(hint)
    if get_origin(hint) in {Union, types.UnionType}:
        return [
            option
            for part in get_args(hint)
            if part is not type(None)
            for option in options_of(part)
        ]
    return [hint]


def without_literals(options: Iterable[Any]) -> Any:
    return Union[  # noqa: UP007  The options are known at run time only.
        tuple(option for option in options if get_origin(option) is not Literal)
    ]


def literal_values(options: Iterable[Any]) -> set[str]:
    return {
        value for option in options if get_origin(option) is Literal for value in get_args(option)
    }


def is_optional(hint: Any) -> bool:
    hint = _plain(hint)
    return get_origin(hint) in {Union, types.UnionType} and type(None) in get_args(hint)


def variants_of(hint: Any) -> dict[str, Any]:
    """Find the variants of a tagged union by their tags."""
    if get_origin(hint) is Annotated:
        inner, *annotations = get_args(hint)
        if any(isinstance(annotation, TaggedUnion) for annotation in annotations):
            return {tag_of(variant): variant for variant in get_args(inner)}
        return variants_of(inner)
    found: dict[str, Any] = {}
    if get_origin(hint) in {Union, types.UnionType}:
        for part in get_args(hint):
            found.update(variants_of(part))
    return found


def file_of(value: type) -> str:
    return f"src/{value.__module__.replace('.', '/')}.py"
