"""Enums that the service may extend: a value without a member becomes an `UnknownValue`."""

from enum import Enum
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema


class OpenEnum(str, Enum):
    """A string enum of the values known today.

    Fields are typed `ThatEnum | UnknownValue`: a value without a member is kept as an
    `UnknownValue` and does not make the response invalid.
    """

    # Otherwise, f-strings show the member's name on some Python versions.
    __str__ = str.__str__

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        # In a union, pydantic prefers an exact match. A literal is one, and an enum is not: the
        # value would become an `UnknownValue`, which accepts any string.
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


_NOT_A_STRING: Literal["string_type"] = "string_type"
_NOT_A_VALUE = ("enum", "Input should be {values}, or an UnknownValue for another value")


class MemberOrUnknown:
    """Annotates `ThatEnum | UnknownValue`, and validates both options of the union in one step.

    Parsing accepts any string. The constructor of a model accepts the enum's values, and any other
    value only as an `UnknownValue`, so that a misspelled value is not sent.
    """

    def __init__(self, enum: type[OpenEnum]) -> None:
        self._members = _Members({member.value: member for member in enum})

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(
                self._members.__getitem__, core_schema.str_schema()
            ),
            python_schema=core_schema.with_info_plain_validator_function(self._member_of),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: value, return_schema=core_schema.str_schema()
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "enum": list(self._members)}, {"type": "string"}]}

    def _member_of(self, value: Any, info: ValidationInfo) -> OpenEnum | UnknownValue:
        is_constructed = info.context is CONSTRUCTED and not isinstance(value, UnknownValue)
        is_string = isinstance(value, str)
        if is_constructed and not (is_string and value in self._members):
            error_type, message = _NOT_A_VALUE
            values = " or ".join(f"'{value}'" for value in self._members)
            raise PydanticCustomError(error_type, message, {"values": values})
        if not is_string:
            raise PydanticKnownError(_NOT_A_STRING)
        member: OpenEnum | UnknownValue = self._members[value]
        return member


class _Members(dict[str, Any]):
    """An enum's members by their values."""

    def __missing__(self, value: str) -> UnknownValue:
        # For a member of a program's own `(str, Enum)`, `str(value)` would return its name.
        return UnknownValue(str.__str__(value))


CONSTRUCTED = object()
"""The validation context of a model that is constructed, not parsed."""
