"""The unions of the models, and their members."""

from typing import Annotated, Any, get_args, get_origin

from microvm_sdk import UnknownMember, models

UNIONS: dict[str, Any] = {
    name: getattr(models, name)
    for name in models.__all__
    if get_origin(getattr(models, name)) is Annotated
}


def members(union: Any) -> tuple[type, ...]:
    return get_args(get_args(union)[0])


def choice(union: Any) -> str:
    """Name the members that can be sent, as error texts do: `A, B or C`."""
    *others, last = [member.__name__ for member in members(union) if member is not UnknownMember]
    return f"{', '.join(others)} or {last}" if others else last
