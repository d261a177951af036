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

from microvm_sdk.models._machinery.enums import MemberOrUnknown, OpenEnum, UnknownValue
from microvm_sdk.models._machinery.frozen import Frozen
from microvm_sdk.models._machinery.timestamps import InUtc


def validated_type(hint: Any) -> Any:
    """Return the type that a field is validated as.

    Args:
        hint: The field's annotation.

    Returns:
        The same annotation, with pydantic's metadata added where the plain one is not enough.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is AwareDatetime:
        return Annotated[hint, InUtc()]
    if origin is Mapping:
        key, value = arguments
        return Annotated[GenericAlias(Mapping, (key, validated_type(value))), Frozen()]
    if origin is tuple:
        return GenericAlias(tuple, tuple(map(validated_type, arguments)))
    if origin in {Union, UnionType}:
        options = [option for option in arguments if option is not UnknownValue]
        if UnknownValue in arguments:
            options = [_open(option) for option in options]
        return Union[tuple(map(validated_type, options))]  # noqa: UP007  Of computed options.
    return hint


def _open(option: Any) -> Any:
    if isinstance(option, type) and issubclass(option, OpenEnum):
        return Annotated[option | UnknownValue, MemberOrUnknown(option)]
    return option


class _ValidatedAs:
    """Annotates a field, which is then validated as its `validated_type`."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return handler.generate_schema(validated_type(source))


_VALIDATED_AS = _ValidatedAs()


def set_validated_type(field: FieldInfo) -> None:
    """Have pydantic validate a field as its `validated_type`.

    Args:
        field: The field of a model that has not been built yet.
    """
    if _VALIDATED_AS not in field.metadata and validated_type(field.annotation) != field.annotation:
        field.metadata.insert(0, _VALIDATED_AS)
