"""Requests and responses on the wire, as botocore's model of the service describes them."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qs, unquote

from botocore.model import OperationModel, Shape

from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.http.service_model import service_model

_LABEL = re.compile(r"\{(\w+)\+?\}")
_PYTHON_TYPES: dict[str, type] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
}


@dataclass(frozen=True)
class Request:
    """A request as it arrived: `path` is still percent-encoded, `query` has no `?`."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@functools.cache
def _routes() -> tuple[tuple[str, re.Pattern[str], OperationModel], ...]:
    routes: list[tuple[str, re.Pattern[str], OperationModel]] = []
    for name in service_model().operation_names:
        operation = service_model().operation_model(name)
        path = _LABEL.sub(r"(?P<\1>[^/]+)", operation.http["requestUri"])
        routes.append((operation.http["method"], re.compile(path + "/?"), operation))
    return tuple(routes)


def find_operation(method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
    """Find the operation of a request.

    Args:
        method: HTTP method.
        path: The path, percent-encoded.

    Returns:
        The operation and the values in its path, or `None` when no operation has such a path.
    """
    for its_method, pattern, operation in _routes():
        match = pattern.fullmatch(path) if its_method == method else None
        if match:
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def read_input(
    operation: OperationModel, labels: Mapping[str, str], request: Request
) -> dict[str, Any]:
    """Read the input of an operation from its request.

    Null members count as omitted, members unknown to the model are ignored; lengths, ranges and
    patterns are not checked here.

    Args:
        operation: The operation.
        labels: The values in the path.
        request: The request.

    Returns:
        The input, by member name.

    Raises:
        ErrorResponse: The body is not a JSON object, or a value has the wrong type.
    """
    query = parse_qs(request.query, keep_blank_values=True)
    shapes: Mapping[str, Any] = getattr(operation.input_shape, "members", {})
    body: Any = None
    values: dict[str, Any] = {}
    for name, shape in shapes.items():
        location = shape.serialization.get("location")
        key = shape.serialization.get("name", name)
        if location == "uri":
            values[name] = labels[key]
        elif location == "querystring":
            if key in query:
                values[name] = _from_query(query[key], shape, name)
        else:
            body = _json_object(request.body) if body is None else body
            if body.get(key) is not None:
                values[name] = _from_json(body[key], shape, name)
    return values


def _json_object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise refusals.not_json() from error
    if not isinstance(value, dict):
        raise refusals.not_a_json_object()
    return cast("dict[str, Any]", value)


def _from_query(values: list[str], shape: Shape, path: str) -> Any:
    if shape.type_name == "list":
        return values
    if shape.type_name != "integer":
        return values[0]
    try:
        return int(values[0])
    except ValueError as error:
        raise refusals.not_an_integer(path) from error


def _from_json(value: Any, shape: Any, path: str) -> Any:
    _require_type(value, shape, path)
    if shape.type_name == "structure":
        return _known_members(value, shape, path)
    if shape.type_name == "map":
        for key in value:
            _require_encodable(key, path)
        return {
            key: _from_json(inner, shape.value, f"{path}.{key}") for key, inner in value.items()
        }
    if shape.type_name == "list":
        return [
            _from_json(inner, shape.member, f"{path}.{number}.member")
            for number, inner in enumerate(value, 1)
        ]
    if shape.type_name == "string":
        _require_encodable(value, path)
    return value


def _known_members(value: Any, shape: Any, path: str) -> dict[str, Any]:
    known = {
        name: _from_json(value[name], member, f"{path}.{name}")
        for name, member in shape.members.items()
        if value.get(name) is not None
    }
    if getattr(shape, "is_tagged_union", False) and len(known) != 1:
        raise refusals.not_one_member(path, ", ".join(shape.members))
    return known


def _require_type(value: Any, shape: Any, path: str) -> None:
    expected = _PYTHON_TYPES.get(shape.type_name, object)
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is int):
        raise refusals.wrong_type(path, shape.type_name)


def _require_encodable(value: str, path: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise refusals.not_unicode(path) from error


def write_json(body: Mapping[str, Any]) -> bytes:
    """Serialize the body of a response.

    Args:
        body: The body; times are datetimes.

    Returns:
        JSON, with times as seconds since 1970, to the millisecond.
    """
    return json.dumps(body, default=_seconds).encode()


def _seconds(value: object) -> float:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    msg = f"a {type(value).__name__} cannot be serialized"
    raise TypeError(msg)
