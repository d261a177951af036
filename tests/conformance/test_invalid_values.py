"""A response with one invalid value is accepted from JSON exactly when botocore's dict is.

Values that botocore itself converts or drops before the model sees them are not tested:
fractions for integers, text and dicts for lists, anything for a boolean, anything for a structure
with no members.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.parsers import create_parser
from pydantic import TypeAdapter, ValidationError
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


def with_one_invalid_value(shape: Any, value: Any) -> Iterator[Any]:
    """Yield copies of the response, each with one value replaced or omitted."""
    kind = shape.type_name
    if kind != "structure" or shape.members:
        yield from WRONG[kind]
    if kind == "structure":
        if shape.is_tagged_union:
            yield from ({}, {**value, "newer": 1}, {"newer": {}, "newest": {}})
            others = [name for name in shape.members if name not in value]
            yield from ({**value, name: complete_response(shape.members[name])} for name in others)
            yield from ({**value, name: None} for name in others)
        for name, item in value.items():
            rest = {other: value[other] for other in value if other != name}
            yield rest
            yield from (
                {**rest, name: wrong} for wrong in with_one_invalid_value(shape.members[name], item)
            )
    elif kind == "list":
        yield from ([item] for item in with_one_invalid_value(shape.member, value[0]))
    elif kind == "map":
        yield from ({"key": item} for item in with_one_invalid_value(shape.value, value["key"]))


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


@pytest.mark.parametrize("tag", range(3))
@pytest.mark.parametrize("name", OPERATIONS)
def test_json_is_accepted_exactly_when_botocores_dict_is(name: str, tag: int) -> None:
    shape: Any = SERVICE.operation_model(name).output_shape
    if "items" in shape.members:
        shape = shape.members["items"].member
    adapter: Any = TypeAdapter(RESULTS[name])
    response = complete_response(shape, tag)
    accepted = 0
    for candidate in (
        response,
        *(item for item in with_one_invalid_value(shape, response) if isinstance(item, dict)),
    ):
        body = json.dumps(candidate).encode()
        by_dict = from_botocore(adapter, shape, body)
        by_bytes = outcome(lambda body=body: adapter.validate_json(body))
        assert by_bytes == by_dict, candidate
        accepted += by_bytes is not None
    assert accepted >= 1
