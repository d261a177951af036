"""Field types: what the plain annotations of the models mean to pydantic.

The models are annotated for their readers. `ImageState | UnknownValue` is an enum that the service
may extend, `Mapping[str, str]` is frozen, and `AwareDatetime` is converted to UTC.
"""

from collections.abc import Mapping
from types import GenericAlias, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

from microvm_sdk.models._enums import OneOfTheEnum, OpenEnum, UnknownValue
from microvm_sdk.models._frozen import Frozen
from microvm_sdk.models._timestamps import InUtc


def meaning_of(hint: Any) -> Any:
    """Return the type that a field is validated as.

    Args:
        hint: The field's annotation.

    Returns:
        The same annotation, with what it means to pydantic added where it means more.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is AwareDatetime:
        return Annotated[hint, InUtc()]
    if origin is Mapping:
        key, value = arguments
        return Annotated[GenericAlias(Mapping, (key, meaning_of(value))), Frozen()]
    if origin is tuple:
        return GenericAlias(tuple, tuple(map(meaning_of, arguments)))
    if origin in {Union, UnionType}:
        options = [option for option in arguments if option is not UnknownValue]
        if UnknownValue in arguments:
            options = [_open(option) for option in options]
        return Union[tuple(map(meaning_of, options))]  # noqa: UP007  Of computed options.
    return hint


def _open(option: Any) -> Any:
    if isinstance(option, type) and issubclass(option, OpenEnum):
        return Annotated[option | UnknownValue, OneOfTheEnum(option)]
    return option


class _Meaning:
    """Annotates a field, which is then validated as its annotation means."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return handler.generate_schema(meaning_of(source))


_MEANING = _Meaning()


def add_meaning(field: FieldInfo) -> None:
    """Have pydantic validate a field as its annotation means.

    Args:
        field: The field of a model that has not been built yet.
    """
    if _MEANING not in field.metadata and meaning_of(field.annotation) != field.annotation:
        field.metadata.insert(0, _MEANING)
