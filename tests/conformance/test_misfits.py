"""Each value of an answer exchanged for one that does not fit: bytes and dict are one mind.

Left out is what botocore itself bends or drops before the model sees it: fractions for integers,
text and dicts for lists, anything for a boolean, anything for a structure with no members.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.parsers import create_parser
from pydantic import TypeAdapter, ValidationError
from service_comparison import RESULTS, service_model

SERVICE = service_model()
ANSWERS = [name for name, model in RESULTS.items() if model and name in SERVICE.operation_names]
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


def whole(shape: Any, tag: int = 0) -> Any:
    """Make an answer in which every member is set."""
    kind = shape.type_name
    if kind == "structure" and shape.is_tagged_union:
        members = list(shape.members.items())
        name, member = members[tag % len(members)]
        return {name: whole(member, tag)}
    if kind == "structure":
        return {name: whole(member, tag) for name, member in shape.members.items()}
    if kind == "list":
        return [whole(shape.member, tag)]
    if kind == "map":
        return {"key": whole(shape.value, tag)}
    return shape.enum[0] if getattr(shape, "enum", None) else RIGHT[kind]


def broken(shape: Any, value: Any) -> Iterator[Any]:
    """Yield the answer over and over, with one value in it exchanged or left out."""
    kind = shape.type_name
    if kind != "structure" or shape.members:
        yield from WRONG[kind]
    if kind == "structure":
        if shape.is_tagged_union:
            yield from ({}, {**value, "newer": 1}, {"newer": {}, "newest": {}})
            others = [name for name in shape.members if name not in value]
            yield from ({**value, name: whole(shape.members[name])} for name in others)
            yield from ({**value, name: None} for name in others)
        for name, item in value.items():
            rest = {other: value[other] for other in value if other != name}
            yield rest
            yield from ({**rest, name: wrong} for wrong in broken(shape.members[name], item))
    elif kind == "list":
        yield from ([item] for item in broken(shape.member, value[0]))
    elif kind == "map":
        yield from ({"key": item} for item in broken(shape.value, value["key"]))


def outcome(parse: Any) -> Any:
    try:
        return parse()
    except ValidationError:
        return None


def from_botocore(adapter: Any, shape: Any, body: bytes) -> Any:
    parser = create_parser("rest-json")
    answer = {"headers": {}, "status_code": 200, "body": body, "context": {}}
    try:
        parsed = parser.parse(answer, shape)
    except Exception:  # noqa: BLE001  botocore stumbles in many ways over what does not fit.
        return None
    return outcome(lambda: adapter.validate_python(parsed))


@pytest.mark.parametrize("tag", range(3))
@pytest.mark.parametrize("name", ANSWERS)
def test_bytes_fit_exactly_when_botocores_dict_does(name: str, tag: int) -> None:
    shape: Any = SERVICE.operation_model(name).output_shape
    if "items" in shape.members:
        shape = shape.members["items"].member
    adapter: Any = TypeAdapter(RESULTS[name])
    answer = whole(shape, tag)
    fitting = 0
    for candidate in (answer, *(item for item in broken(shape, answer) if isinstance(item, dict))):
        body = json.dumps(candidate).encode()
        by_dict = from_botocore(adapter, shape, body)
        by_bytes = outcome(lambda body=body: adapter.validate_json(body))
        assert by_bytes == by_dict, candidate
        fitting += by_bytes is not None
    assert fitting >= 1
