"""How values are shown in the `repr` of a model: short, and still unambiguous."""

from datetime import datetime
from typing import Any

from microvm_sdk.models._machinery.enums import OpenEnum


class _Bare(str):
    """A text that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def shown(value: Any) -> Any:
    """Return what represents a value in a `repr`.

    Args:
        value: The value of a field.

    Returns:
        The bare name for the member of an enum, ISO 8601 for a time, and the value itself for
        anything else. An enum's member is distinguished from a string by having no quotes.
    """
    if isinstance(value, OpenEnum):
        return _Bare(value.name)
    if isinstance(value, datetime):
        return _Bare(value.isoformat())
    if isinstance(value, tuple):
        return tuple(map(shown, value))
    return value
