"""A response with one other value is accepted from JSON exactly when botocore's dict is.

The value is invalid, missing, or of a newer service. What is accepted is the same from both, and
can be dumped and parsed again.

Values that botocore itself converts or drops before the model sees them are not tested:
fractions for integers, text and dicts for lists, anything for a boolean, anything for a structure
with no members.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.parsers import create_parser
from pydantic import SecretStr, TypeAdapter, ValidationError
from service_comparison import RESULTS, service_model

SERVICE = service_model()
OPERATIONS = [name for name, model in RESULTS.items() if model and name in SERVICE.operation_names]
WRONG: dict[str, list[Any]] = {
    "boolean": [None],
    "integer": [None, "text", [], {}],
    "list": [None, 7, True],
    "long": [None, "text", [], {}],
    "map": [None, 7, True, "text", [], [7]],
    "string": [None, 7, True, [], {}],
    "structure": [None, 7, True, "text", [], [7]],
    "timestamp": [None, "text", [], {}],
}
RIGHT = {"boolean": True, "integer": 7, "long": 7, "string": "text", "timestamp": 1790000000.123}


def complete_response(shape: Any, tag: int = 0) -> Any:
    """Return a response in which every member is set."""
    kind = shape.type_name
    if kind == "structure" and shape.is_tagged_union:
        members = list(shape.members.items())
        name, member = members[tag % len(members)]
        return {name: complete_response(member, tag)}
    if kind == "structure":
        return {name: complete_response(member, tag) for name, member in shape.members.items()}
    if kind == "list":
        return [complete_response(shape.member, tag)]
    if kind == "map":
        return {"key": complete_response(shape.value, tag)}
    return shape.enum[0] if getattr(shape, "enum", None) else RIGHT[kind]


def with_one_other_value(shape: Any, value: Any) -> Iterator[Any]:
    """Yield copies of the response, each with one value replaced or omitted."""
    kind = shape.type_name
    if kind != "structure" or shape.members:
        yield from WRONG[kind]
    if getattr(shape, "enum", None):
        yield "X-NEWER"
    if kind == "structure":
        yield {**value, "newer": {"a": [1]}}
        if shape.is_tagged_union:
            yield from ({}, {"newer": {}}, {"newer": {}, "newest": {}})
            others = [name for name in shape.members if name not in value]
            yield from ({**value, name: complete_response(shape.members[name])} for name in others)
            yield from ({**value, name: None} for name in others)
        for name, item in value.items():
            rest = {other: value[other] for other in value if other != name}
            yield rest
            yield from (
                {**rest, name: wrong} for wrong in with_one_other_value(shape.members[name], item)
            )
    elif kind == "list":
        yield from ([item] for item in with_one_other_value(shape.member, value[0]))
    elif kind == "map":
        yield from ({"key": item} for item in with_one_other_value(shape.value, value["key"]))


def outcome(parse: Any) -> Any:
    try:
        return parse()
    except ValidationError:
        return None


def from_botocore(adapter: Any, shape: Any, body: bytes) -> Any:
    parser = create_parser("rest-json")
    response = {"headers": {}, "status_code": 200, "body": body, "context": {}}
    try:
        parsed = parser.parse(response, shape)
    except Exception:  # noqa: BLE001  botocore fails on invalid values in many ways.
        return None
    return outcome(lambda: adapter.validate_python(parsed))


def on_the_wire(value: Any) -> Any:
    """Convert a dump to the values on the wire."""
    if isinstance(value, dict):
        return {name: on_the_wire(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [on_the_wire(item) for item in value]
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value.timestamp() if isinstance(value, datetime) else value


@pytest.mark.parametrize("tag", range(3))
@pytest.mark.parametrize("name", OPERATIONS)
def test_json_is_accepted_exactly_when_botocores_dict_is(name: str, tag: int) -> None:
    shape: Any = SERVICE.operation_model(name).output_shape
    if "items" in shape.members:
        shape = shape.members["items"].member
    adapter: Any = TypeAdapter(RESULTS[name])
    response = complete_response(shape, tag)
    accepted: list[Any] = []
    for candidate in (
        response,
        *(item for item in with_one_other_value(shape, response) if isinstance(item, dict)),
    ):
        body = json.dumps(candidate).encode()
        by_dict = from_botocore(adapter, shape, body)
        by_bytes = outcome(lambda body=body: adapter.validate_json(body))
        assert by_bytes == by_dict, candidate
        if by_bytes is not None:
            accepted.append(by_bytes)
    for result in accepted:
        assert type(result).model_validate(result.model_dump(by_alias=True)) == result
        assert type(result).model_validate(result.model_dump()) == result
    # An older botocore lacks some fields, which are then `None`.
    dumped = accepted[0].model_dump(by_alias=True, exclude_none=True)
    assert on_the_wire(dumped) == response
