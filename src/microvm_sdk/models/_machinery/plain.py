"""Dicts as boto3 returns them, of what a model dumps."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr


def plain(value: Any) -> Any:
    """Return a dumped value as boto3 has it.

    Args:
        value: A dict that a model dumped, or any value in it.

    Returns:
        The same with plain strings, lists and dicts; secrets in plain text.
    """
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, str):
        # Not `str(value)`, which of a program's own `(str, Enum)` is the member's name.
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
