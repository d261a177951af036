"""How values are shown in the `repr` of a model: short, and still unambiguous."""

from datetime import datetime
from typing import Any

from microvm_sdk.models._machinery.enums import OpenEnum


class _Bare(str):
    """A text that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def value_in_repr(value: Any) -> Any:
    """Return the object whose `repr` represents a value.

    Args:
        value: The value of a field.

    Returns:
        The bare name for the member of an enum, ISO 8601 for a time, and the value itself for
        anything else. A member has no quotes, which distinguishes it from a string.
    """
    if isinstance(value, OpenEnum):
        return _Bare(value.name)
    if isinstance(value, datetime):
        return _Bare(value.isoformat())
    if isinstance(value, tuple):
        return tuple(map(value_in_repr, value))
    return value
