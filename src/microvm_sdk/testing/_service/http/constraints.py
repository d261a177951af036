"""The constraints of the service model: lengths, ranges, patterns, enum values, required members.

botocore checks almost none of them before it sends a request; the service does, with these
messages.
"""

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, cast

from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.http.service_model import service_model

# Counted in bytes by the service, in characters by its model.
_COUNTED_IN_BYTES = {"RunHookPayload", "RunMicrovmRequestRunHookPayloadString"}
# Not marked as sensitive in the first botocore releases with the service.
_SECRETS = _COUNTED_IN_BYTES | {"EnvironmentVariableValue"}
# The order in which the real service named missing members, which is not that of its model.
_RECORDED_ORDER = ("baseImageArn", "codeArtifact", "buildRoleArn")


def check(operation: str, values: dict[str, Any]) -> None:
    """Validate an operation's input against the model.

    Args:
        operation: The operation's name.
        values: Its input, of the right types.

    Raises:
        ErrorResponse: A `ValidationException` that names each member that violates a constraint.
    """
    shape = service_model().operation_model(operation).input_shape
    violations = list(_structure(shape, values, ""))
    if violations:
        raise refusals.constraints_violated(violations)


def _violation(value: object, path: str, constraint: str, *, sensitive: bool = False) -> str:
    shown = "Value" if sensitive else "Value null" if value is None else f"Value '{value}'"
    return f"{shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def _walk(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _structure(shape, value, f"{path}.")
        return
    if shape.type_name == "boolean":
        return
    sensitive = shape.name in _SECRETS or bool(shape.metadata.get("sensitive"))
    for constraint in _violated(shape, value):
        yield _violation(_shown(value), path, constraint, sensitive=sensitive)
    if shape.type_name == "list":
        for number, inner in enumerate(value, 1):
            yield from _walk(shape.member, inner, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from _walk(shape.key, key, f"{path}.{key}.key")
            yield from _walk(shape.value, inner, f"{path}.{key}.value")


def _shown(value: Any) -> str:
    """Format a value for a message: of a map only the keys, because the values may be secret."""
    if isinstance(value, (list, dict)):
        return f"[{', '.join(map(str, cast('Iterable[object]', value)))}]"
    return str(value)


def _structure(shape: Any, values: dict[str, Any], prefix: str) -> Iterator[str]:
    if shape is None:
        return
    recorded = [name for name in _RECORDED_ORDER if name in shape.required_members]
    for name in dict.fromkeys([*recorded, *shape.required_members]):
        if name not in values:
            yield _violation(None, prefix + name, "not be null")
    for name, member in shape.members.items():
        if name in values:
            yield from _walk(member, values[name], prefix + name)


def _violated(shape: Any, value: Any) -> Iterator[str]:
    limits = shape.metadata
    what = "value" if shape.type_name in {"integer", "long"} else "length"
    size = value if what == "value" else len(value)
    if shape.name in _COUNTED_IN_BYTES:
        size = len(value.encode())
    if "min" in limits and size < limits["min"]:
        yield f"have {what} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"have {what} less than or equal to {limits['max']}"
    if limits.get("enum") and value not in limits["enum"]:
        yield f"satisfy enum value set: [{', '.join(limits['enum'])}]"
    pattern = limits.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield f"satisfy regular expression pattern: {pattern}"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""Compile a pattern of the model: Java's, in which `\p{L}` is a Unicode category."""
    return re.compile(re.sub(r"\\p\{(\w)\}", lambda match: _characters(match[1]), pattern))


@functools.cache
def _characters(category: str) -> str:
    codes = (
        code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == category
    )
    ranges: list[str] = []
    for _, group in itertools.groupby(enumerate(codes), lambda pair: pair[1] - pair[0]):
        run = [code for _, code in group]
        ranges.append(f"{re.escape(chr(run[0]))}-{re.escape(chr(run[-1]))}")
    return "".join(ranges)
