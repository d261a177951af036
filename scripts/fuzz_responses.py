"""The responses that `fuzz.py` sends: valid, broken and error responses of a service model."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timezone
from random import Random
from typing import Any

from botocore.model import OperationModel, ServiceModel

from microvm_sdk import exceptions
from microvm_sdk.exceptions import ServiceError

SECRET = "do-not-print-me"  # noqa: S105  What must not show.


@dataclass(frozen=True)
class Response:
    """A generated response, and what the SDK must make of it."""

    operation: str
    status: int
    headers: dict[str, str]
    body: bytes
    must_be_model: bool = False
    """Whether the response is valid, so that an error would be wrong."""
    error_class: str = ""
    """The class that an error response must become; any if empty."""
    message: Any = None
    """The message that an error response must keep, if it is a text."""
    retries: int = 0
    """How many failures come before this response."""


def response(service: ServiceModel, seed: int, number: int) -> Response:
    """Generate a response.

    Args:
        service: The service model.
        seed: The seed of the run.
        number: The number of the response.

    Returns:
        The response: the same for the same arguments.
    """
    random = Random(f"{seed}:{number}")  # noqa: S311  Not for secrets.
    operation = service.operation_model(random.choice(service.operation_names))
    generate = random.choice([_success, _success, _broken, _error])
    return generate(random, operation)


def _happens(random: Random, share: float) -> bool:
    return random.random() < share


# Values that match the service model.


def _value(random: Random, shape: Any, *, is_sensitive: bool = False) -> Any:
    is_sensitive = is_sensitive or bool(shape.metadata.get("sensitive"))
    if shape.type_name not in _GENERATORS:
        msg = f"{shape.name} is of the type {shape.type_name}, which this script does not generate"
        raise NotImplementedError(msg)
    return _GENERATORS[shape.type_name](random, shape, is_sensitive=is_sensitive)


def _list(random: Random, shape: Any, *, is_sensitive: bool) -> list[Any]:
    items = range(random.choice([0, 1, 1, 3]))
    return [_value(random, shape.member, is_sensitive=is_sensitive) for _ in items]


def _map(random: Random, shape: Any, *, is_sensitive: bool) -> dict[str, Any]:
    keys = random.sample(["A", "tags", "x.y", "é", "items[0]", "X-aws-proxy-auth"], 2)
    return {key: _value(random, shape.value, is_sensitive=is_sensitive) for key in keys}


def _timestamp(random: Random, *_: Any, **__: Any) -> Any:
    seconds = random.choice([0, 1764000000.123, random.uniform(-1e9, 4e9)])
    text = datetime.fromtimestamp(round(seconds), timezone.utc).isoformat()
    return random.choice([seconds, round(seconds), text])


def _integer(random: Random, *_: Any, **__: Any) -> int:
    return random.choice([0, 1, 512, random.randrange(2**31)])


def _boolean(random: Random, *_: Any, **__: Any) -> bool:
    return random.choice([True, False])


def _string(random: Random, shape: Any, *, is_sensitive: bool) -> str:
    if is_sensitive:
        return f"{SECRET}-{random.randrange(10**6)}"
    values: list[str] = [*shape.enum, *shape.enum, "web", "é💥\n", "NEW_VALUE", " ", "x" * 2000]
    return random.choice(values)


def _structure(random: Random, shape: Any, *, is_sensitive: bool) -> dict[str, Any]:
    members = list(shape.members.items())
    if shape.is_tagged_union:
        members = [random.choice(members)]
        if _happens(random, 0.2):
            return {"newMember": {"a": 1}, **random.choice([{}, {members[0][0]: None}])}
    else:
        optional = [name for name, _ in members if name not in shape.required_members]
        omitted = random.sample(optional, random.randrange(len(optional) + 1))
        members = [(name, member) for name, member in members if name not in omitted]
    values = {
        member.serialization.get("name", name): _value(random, member, is_sensitive=is_sensitive)
        for name, member in members
    }
    if _happens(random, 0.2):
        # Absent members arrive as null, and members that the model does not list arrive too.
        known = {member.serialization.get("name", name) for name, member in shape.members.items()}
        nulls: dict[str, Any] = dict.fromkeys(known - values.keys())
        extra = {} if shape.is_tagged_union else {"terminationReasonCode": random.choice([1, "a"])}
        values = {**nulls, **values, **extra}
    return values


_GENERATORS: dict[str, Any] = {
    "boolean": _boolean,
    "integer": _integer,
    "list": _list,
    "long": _integer,
    "map": _map,
    "string": _string,
    "structure": _structure,
    "timestamp": _timestamp,
}


def _headers(random: Random) -> dict[str, str]:
    request_id = {"x-amzn-requestid": f"r-{random.randrange(10**6)}"}
    return {"content-type": "application/json", **random.choice([request_id, request_id, {}])}


def _success(random: Random, operation: OperationModel) -> Response:
    body = _value(random, operation.output_shape) if operation.output_shape else {}
    text = json.dumps(body, ensure_ascii=random.choice([True, False]))
    return Response(
        operation.name,
        random.choice([200, 200, 200, 201, 202]),
        _headers(random),
        text.encode(),
        must_be_model=True,
        retries=random.choice([0, 0, 0, 2]),
    )


# Responses that do not match, or are not even JSON.

_JUNK: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e308, 2**63, 10**400, "", "abc", "12", [], {}, [None], {"a": 1}),
    *([[[[]]]], {"disabled": {}, "cloudWatch": {}}, "0001-01-01T00:00:00+14:00", -1e300, 1e20),
    *("\ud800", "yesterday", "9999-12-31T23:59:59-14:00", {"uri": "s3://a/b", "uri2": 1}),
]
_NOT_JSON = [
    *(b"", b" ", b"null", b"[]", b"[1]", b"5", b'"x"', b"{", b"}", b"{}{}", b"\x00", b"NaN"),
    *(b"<html><body>Sign in</body></html>", b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"[" * 3000),
    *(b'{"a":' * 3000, b"{'a': 1}", b'{"imageArn": "\\ud800"}', b'{"imageArn": Infinity}'),
]


def _broken(random: Random, operation: OperationModel) -> Response:
    good = _success(random, operation)
    change = random.choice([_with_junk, _with_junk, _cut, _flipped, _repeated, _without_member])
    body = random.choice(_NOT_JSON) if _happens(random, 0.2) else change(random, good.body)
    status = random.choice([200, 200, 200, 201, 204, 100, 103, 199])
    return Response(good.operation, status, good.headers, body, retries=good.retries)


def _with_junk(random: Random, body: bytes) -> bytes:
    content = json.loads(body)
    for _ in range(random.choice([1, 1, 2])):
        places = list(_places(content))
        if places:
            parent, key = random.choice(places)
            parent[key] = deepcopy(random.choice(_JUNK))
    return json.dumps(content).encode()


def _without_member(random: Random, body: bytes) -> bytes:
    content = json.loads(body)
    places = [(parent, key) for parent, key in _places(content) if isinstance(parent, dict)]
    if places:
        parent, key = random.choice(places)
        del parent[key]
    return json.dumps(content).encode()


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in pairs:
        yield content, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _cut(random: Random, body: bytes) -> bytes:
    return body[: random.randrange(len(body))]


def _flipped(random: Random, body: bytes) -> bytes:
    at = random.randrange(len(body))
    return body[:at] + bytes([random.randrange(256)]) + body[at + 1 :]


def _repeated(random: Random, body: bytes) -> bytes:
    content = json.loads(body)
    parent, key = random.choice(list(_places(content)) or [({"a": []}, "a")])
    parent[key] = [random.choice(_JUNK)] * 500
    return json.dumps(content).encode()


# Error responses.

_CLASSES = sorted(
    name
    for name in exceptions.__all__
    if issubclass(getattr(exceptions, name), ServiceError) and name != "ServiceError"
)
_STATUSES = [300, 302, 304, 400, 400, 402, 403, 404, 409, 413, 418, 429, 500, 502, 503, 504, 599]
_RETRY_AFTER = [None, "3", "0", "-1", "1.5", "soon", "9" * 50, "Wed, 21 Oct 2026 07:28:00 GMT", ""]
_MESSAGES: list[Any] = ["no", "no", None, "", 5, {"a": 1}, ["a"], "é💥", "x" * 5000, "<b>", "{}"]
_PAGES = [
    *(b"", b"null", b"[1]", b'"x"', b"5", b"{", b"\xff\xfe", b"Bad Gateway", b"[" * 3000),
    *(b"<html><head><title>502 Bad Gateway</title></head></html>", b"<oops", b"<a>" * 3000),
    *(b"<!DOCTYPE html><html><Code>ConflictException</Code></html>", b"<html>", b"<a/>"),
    *(b'<!DOCTYPE a [<!ENTITY e "x">]><Error><Code>&e;</Code></Error>', b"\xef\xbb\xbf{}"),
]


def _error(random: Random, operation: OperationModel) -> Response:
    code = random.choice([*_CLASSES, *_CLASSES, "TeapotException", "UnknownOperationException"])
    status, headers, message = random.choice(_STATUSES), _headers(random), random.choice(_MESSAGES)
    full = random.choice(
        ["{}", "{}", "com.amazon#{}", "{}:http://internal.amazon.com/coral/", "aws.lambda#{}:http:"]
    ).format(code)
    content: dict[str, Any] = {"message": message, "resourceId": random.choice([None, "i", 5])}
    place = random.choice(["header", "header", "__type", "code", "Code", "root", "xml", "nowhere"])
    body = json.dumps(content).encode()
    if place == "header":
        headers["x-amzn-errortype"] = full
        if _happens(random, 0.5):
            body, message = random.choice(_PAGES), None
    elif place in {"__type", "code", "Code"}:
        body = random.choice([b"", b"\xef\xbb\xbf"]) + json.dumps({**content, place: full}).encode()
    elif place == "root":
        body, message = f"<{code}><Message>no</Message></{code}>".encode(), "no"
    elif place == "xml":
        body = f"<E xmlns='urn:e'><Error><Code>{code}</Code></Error></E>".encode()
        message = None
    else:
        code, message = "", None
        body = random.choice(_PAGES)
    if status == min(_STATUSES):
        message = ""  # botocore reads a body with this status as a success's, and drops it.
        code = code if place == "header" else ""
    retry_after = random.choice(_RETRY_AFTER)
    if retry_after is not None:
        headers["retry-after"] = retry_after
    return Response(
        operation.name,
        status,
        headers,
        body,
        error_class=code if code in _CLASSES else "ServiceError" if code else "",
        message=message,
        retries=random.choice([0, 0, 0, 1]),
    )
