"""Enums that the service may extend: a value without a member becomes an `UnknownValue`."""

from enum import Enum
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import core_schema


class OpenEnum(str, Enum):
    """A string enum of the values known today.

    Fields are typed `Open[ThatEnum]`, which is `ThatEnum | UnknownValue`: a value without a member
    is kept as an `UnknownValue` and does not make the response invalid.
    """

    # An f-string shows the value on every Python version, not the member's name.
    __str__ = str.__str__

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        # In pydantic's unions a literal is an exact match and an enum is not. `UnknownValue`, which
        # accepts any string, must not win over a member.
        values: dict[str, OpenEnum] = {member.value: member for member in cls}
        return core_schema.no_info_after_validator_function(
            values.__getitem__,
            core_schema.literal_schema(list(values)),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda member: member),
        )


class UnknownValue(str):
    """An enum value that is newer than this SDK: the string that the service sent.

    It compares, hashes and formats like that string. Pass one as a parameter to send a value that
    the SDK does not know yet.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Show that it is not a plain string."""
        return f"UnknownValue({super().__repr__()})"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls, core_schema.str_schema(), serialization=core_schema.to_string_ser_schema()
        )


class _Values(dict[str, Any]):
    """An enum's members by their values."""

    def __missing__(self, value: str) -> UnknownValue:
        return UnknownValue(value)


class _Open:
    """Annotates an enum's field: does in one step what pydantic would do for the union."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        enum: type[OpenEnum] = get_args(source)[0]
        values = _Values({member.value: member for member in enum})
        one_step = Annotated[
            str,
            AfterValidator(values.__getitem__),
            WithJsonSchema(
                {"anyOf": [{"type": "string", "enum": list(values)}, {"type": "string"}]}
            ),
        ]
        return handler.generate_schema(one_step)


EnumT = TypeVar("EnumT", bound=OpenEnum)
Open = Annotated[EnumT | UnknownValue, _Open()]
