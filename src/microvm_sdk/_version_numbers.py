"""Numbers of image versions: `1.9` < `1.10` < `10.0`, and `8` means `8.0`."""

import re
from typing import TypeAlias

Number: TypeAlias = tuple[int, int]

_FORM = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.(0|[1-9][0-9]{0,17}))?")


def version_number(version: str) -> Number | None:
    """Read the number of a version.

    Args:
        version: The version as the service or a caller writes it.

    Returns:
        Its parts, which compare as versions do; `None` for any other form.
    """
    match = _FORM.fullmatch(version)
    return (int(match[1]), int(match[2] or 0)) if match else None


def version_order(version: str) -> tuple[bool, Number]:
    """Return what to sort versions by: their numbers, and those without one last."""
    number = version_number(version)
    return number is None, number or (0, 0)


def require_version_number(parameter: str, version: object) -> Number:
    """Read the number of a version that a caller passes.

    Args:
        parameter: The parameter's name, for the error.
        version: The version.

    Returns:
        Its parts.

    Raises:
        TypeError: It is not a string. A float would confuse `1.1` and `1.10`.
        ValueError: It has another form.
    """
    if not isinstance(version, str):
        cure = "; pass its image_version" if hasattr(version, "image_version") else ""
        shown = type(version).__name__ if cure else repr(version)
        msg = f"{parameter} must be a string such as '8.0', got {shown}{cure}"
        raise TypeError(msg)
    number = version_number(version)
    if number is None:
        msg = f"{parameter} must have the form '8.0' or '8', got {version!r}"
        raise ValueError(msg)
    return number


def version_name(number: Number) -> str:
    """Write a version's number as the service does.

    Args:
        number: Its parts.

    Returns:
        The version, such as `8.0`.
    """
    return f"{number[0]}.{number[1]}"
