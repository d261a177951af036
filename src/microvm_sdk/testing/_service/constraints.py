"""What the service model forbids: lengths, ranges, patterns, enum values, missing members.

botocore checks almost none of this before it sends a request; the service does, and words it as
here.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from typing import TYPE_CHECKING, Any, cast

from microvm_sdk.testing._service import refusals
from microvm_sdk.testing._service.wire import service_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_TOKEN_MINUTES = 60
# Limits that the real service has and its model lacks.
UNMODELLED_MAXIMUM = {
    ("CreateMicrovmAuthToken", "expirationInMinutes"): MOST_TOKEN_MINUTES,
    ("CreateMicrovmShellAuthToken", "expirationInMinutes"): MOST_TOKEN_MINUTES,
}
# Counted in bytes by the service, in characters by its model.
COUNTED_IN_BYTES = {"RunHookPayload", "RunMicrovmRequestRunHookPayloadString"}
# Not marked as sensitive by the models of botocore's first months with the service.
SECRETS = COUNTED_IN_BYTES | {"EnvironmentVariableValue"}


def check(operation: str, values: dict[str, Any]) -> None:
    """Hold an operation's input against the model.

    Args:
        operation: The operation's name.
        values: Its input, of the right types.

    Raises:
        ServiceFault: A `ValidationException` that names each member that breaks a constraint.
    """
    shape = service_model().operation_model(operation).input_shape
    failures = list(_structure(shape, values, ""))
    for (its_operation, member), most in UNMODELLED_MAXIMUM.items():
        if its_operation == operation and values.get(member, 0) > most:
            failures.append(_failure(values[member], member, _at_most("value", most)))
    if failures:
        raise refusals.constraints_broken(failures)


def require_pattern(member: str, value: str, pattern: re.Pattern[str]) -> re.Match[str]:
    """Hold a member against a form that the service wants and its model does not tell.

    Args:
        member: The member's name.
        value: What was sent.
        pattern: The form.

    Returns:
        The match.

    Raises:
        ServiceFault: A `ValidationException`: it has another form.
    """
    match = pattern.fullmatch(value)
    if match is None:
        raise refusals.constraints_broken([_failure(value, member, _must_match(pattern.pattern))])
    return match


def _failure(value: object, path: str, constraint: str, *, sensitive: bool = False) -> str:
    shown = "Value" if sensitive else "Value null" if value is None else f"Value '{value}'"
    return f"{shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def _at_most(what: str, most: int) -> str:
    return f"have {what} less than or equal to {most}"


def _must_match(pattern: str) -> str:
    return f"satisfy regular expression pattern: {pattern}"


def _walk(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _structure(shape, value, f"{path}.")
        return
    if shape.type_name == "boolean":
        return
    sensitive = shape.name in SECRETS or bool(shape.metadata.get("sensitive"))
    for constraint in _broken(shape, value):
        yield _failure(_shown(value), path, constraint, sensitive=sensitive)
    if shape.type_name == "list":
        for number, inner in enumerate(value, 1):
            yield from _walk(shape.member, inner, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from _walk(shape.key, key, f"{path}.{key}.key")
            yield from _walk(shape.value, inner, f"{path}.{key}.value")


def _shown(value: Any) -> str:
    """Show a value; of a map only the keys, the values may be secret."""
    if isinstance(value, (list, dict)):
        return f"[{', '.join(map(str, cast('Iterable[object]', value)))}]"
    return str(value)


def _structure(shape: Any, values: dict[str, Any], prefix: str) -> Iterator[str]:
    if shape is None:
        return
    for name in shape.required_members:
        if name not in values:
            yield _failure(None, prefix + name, "not be null")
    for name, member in shape.members.items():
        if name in values:
            yield from _walk(member, values[name], prefix + name)


def _broken(shape: Any, value: Any) -> Iterator[str]:
    limits = shape.metadata
    what = "value" if shape.type_name in {"integer", "long"} else "length"
    size = value if what == "value" else len(value)
    if shape.name in COUNTED_IN_BYTES:
        size = len(value.encode())
    if "min" in limits and size < limits["min"]:
        yield f"have {what} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield _at_most(what, limits["max"])
    if limits.get("enum") and value not in limits["enum"]:
        yield f"satisfy enum value set: [{', '.join(limits['enum'])}]"
    pattern = limits.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _must_match(pattern)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of the model, which is Java's, with Unicode's categories as classes."""
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
