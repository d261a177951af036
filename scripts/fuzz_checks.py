"""What `fuzz.py` checks of the outcome of each call."""

import json
import traceback
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.utils import parse_timestamp
from fuzz_responses import SECRET, Response
from pydantic import SecretStr, TypeAdapter, ValidationError

from microvm_sdk.exceptions import MicroVMError, ResponseValidationError, ServiceError

ATTEMPTS = 3
"""How often a client that retries sends a request."""
_SUCCESS = range(200, 300)


def problems(service: ServiceModel, given: Response, outcome: Any) -> Iterator[str]:
    """Find what is wrong with the outcome of a call.

    Args:
        service: The service model.
        given: What the service responded.
        outcome: The model, the page, `None`, or the exception.

    Yields:
        A sentence for each problem.
    """
    if isinstance(outcome, ParamValidationError):
        yield f"the arguments were refused: {outcome}"
    elif isinstance(outcome, Exception) and not isinstance(outcome, MicroVMError):
        yield f"{type(outcome).__name__} is not an error of the SDK"
    elif given.status not in _SUCCESS:
        yield from _problems_of_error(given, outcome)
    elif isinstance(outcome, ResponseValidationError):
        if given.must_be_model:
            yield f"a valid response was refused: {outcome}"
        if outcome.body not in {given.body, None}:
            yield "the body is not in the error"
        if outcome.request_id != given.headers.get("x-amzn-requestid"):
            yield f"the request id is {outcome.request_id}"
    elif isinstance(outcome, Exception):
        yield f"a success became a {type(outcome).__name__}"
    else:
        yield from _problems_of_model(service.operation_model(given.operation), given, outcome)
    yield from _leaks(outcome)


def _problems_of_error(given: Response, outcome: Any) -> Iterator[str]:
    if not isinstance(outcome, ServiceError):
        yield f"an error became a {type(outcome).__name__}"
        return
    if given.error_class and type(outcome).__name__ != given.error_class:
        yield f"{given.error_class} became a {type(outcome).__name__} ({outcome.code})"
    if outcome.code == "html":
        yield "a page became an error named html"
    if outcome.status_code != given.status:
        yield f"the status is {outcome.status_code}"
    if isinstance(given.message, str) and given.message and outcome.message != given.message:
        yield f"the message is {outcome.message!r}"
    response: Any = outcome.response
    retried = response["ResponseMetadata"].get("RetryAttempts")
    if given.retries and retried not in {given.retries, ATTEMPTS - 1}:
        yield f"the number of retries is {retried}"
    if outcome.retry_after_seconds is not None and outcome.retry_after_seconds < 0:
        yield f"retry_after_seconds is {outcome.retry_after_seconds}"


def _problems_of_model(operation: OperationModel, given: Response, outcome: Any) -> Iterator[str]:
    try:
        content = json.loads(given.body or b"{}")
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        yield "a model was made of a body that is not a JSON object"
        return
    shape = operation.output_shape
    if shape is None or not shape.members:
        if outcome is not None:
            yield f"the result of an operation without one is {outcome!r}"
    elif hasattr(outcome, "items") and hasattr(outcome, "next_token"):
        items: Any = shape.members["items"]
        dumped = [item.model_dump(by_alias=True) for item in outcome.items]
        yield from _unequal("items", items, dumped, content.get("items") or [])
        if outcome.next_token != (content.get("nextToken") or None):
            yield f"next_token is {outcome.next_token!r}"
    else:
        yield from _unequal(operation.name, shape, outcome.model_dump(by_alias=True), content)
    if outcome is not None and outcome.response_metadata.body not in {given.body, None}:
        yield "the body is not in the model's metadata"


def _unequal(path: str, shape: Any, dumped: Any, raw: Any) -> Iterator[str]:
    """Compare a dump with JSON, guided by the service model."""
    if raw is None or dumped is None:
        yield from [f"{path} is {dumped!r}"] if raw or dumped else []
    elif shape.type_name == "structure":
        compare = _unequal_union if shape.is_tagged_union else _unequal_structure
        yield from compare(path, shape, dumped, raw)
    elif shape.type_name == "list":
        if len(dumped) != len(raw):
            yield f"{path} has {len(dumped)} items, not {len(raw)}"
        for index, (item, raw_item) in enumerate(zip(dumped, raw, strict=False)):
            yield from _unequal(f"{path}[{index}]", shape.member, item, raw_item)
    elif shape.type_name == "map":
        if dumped.keys() != raw.keys():
            yield f"{path} has the keys {sorted(dumped)}"
        for key in dumped.keys() & raw.keys():
            yield from _unequal(f"{path}[{key}]", shape.value, dumped[key], raw[key])
    elif not _is_equal(shape, dumped, raw):
        yield f"{path} is {dumped!r}"


def _unequal_structure(path: str, shape: Any, dumped: Any, raw: Any) -> Iterator[str]:
    members = {
        member.serialization.get("name", name): member for name, member in shape.members.items()
    }
    for name, member in members.items():
        yield from _unequal(f"{path}.{name}", member, dumped.get(name), raw.get(name))
    # The SDK may know members that an older botocore does not.
    for name in dumped.keys() - members.keys():
        if dumped[name] is not None:
            yield f"{path}.{name} was invented"


def _unequal_union(path: str, shape: Any, dumped: Any, raw: Any) -> Iterator[str]:
    tags = [tag for tag, value in raw.items() if value is not None]
    if len(tags) != 1:
        yield f"{path} is a union with the members {tags}"
    elif tags[0] in shape.members:
        yield from _unequal(
            f"{path}.{tags[0]}", shape.members[tags[0]], dumped.get(tags[0]), raw[tags[0]]
        )
    elif dumped != {"SDK_UNKNOWN_MEMBER": {"name": tags[0]}}:
        yield f"{path} is {dumped!r}"


def _is_equal(shape: Shape, dumped: Any, raw: Any) -> bool:
    if shape.type_name == "boolean" and not isinstance(raw, bool):
        return isinstance(dumped, bool)  # pydantic and botocore convert it differently.
    value = _plain(dumped)
    return bool(value == _expected(shape, raw) or value == _parsed_by_botocore(shape, raw))


def _parsed_by_botocore(shape: Shape, raw: Any) -> Any:
    """Parse a value as botocore does for clients with handlers, which is laxer than the SDK."""
    try:
        if shape.type_name == "timestamp":
            return parse_timestamp(raw)
        return int(raw) if shape.type_name in {"integer", "long"} else raw
    except (ValueError, TypeError, OverflowError):
        return raw


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str.__str__(value) if isinstance(value, str) else value


def _expected(shape: Shape, raw: Any) -> Any:
    kind = {"timestamp": datetime, "boolean": bool, "integer": int, "long": int}.get(
        shape.type_name
    )
    if kind is None:
        return raw
    try:
        value: Any = TypeAdapter(kind, config={"val_temporal_unit": "seconds"}).validate_python(raw)
    except ValidationError:
        return raw
    return value


def _leaks(outcome: Any) -> Iterator[str]:
    shown = [repr(outcome), str(outcome)]
    pending: list[BaseException | None] = [outcome] if isinstance(outcome, BaseException) else []
    if pending:
        shown += traceback.format_exception(type(outcome), outcome, outcome.__traceback__)
    while pending:
        error = pending.pop()
        if error is not None:
            shown += [repr(error), str(error), repr(error.args)]
            pending += [error.__cause__, error.__context__]
    if any(SECRET in text for text in shown):
        yield "a secret shows"
