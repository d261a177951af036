"""Converting what a model dumps to the dict that boto3 returns."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr


def plain(value: Any) -> Any:
    """Convert a dumped value to boto3's form.

    Args:
        value: A dict that a model dumped, or any value in it.

    Returns:
        The same with plain strings, lists and dicts; secrets in plain text.
    """
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, str):
        # For a member of a program's own `(str, Enum)`, `str(value)` would return its name.
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
