"""Responses and requests generated from botocore's own model of the service.

Every response that the model allows parses, and each value is found again under its wire name.
botocore's dict and the raw bytes produce the same model. The SDK sends the same requests as boto3.
"""

import inspect
import json
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from service_comparison import RESULTS, python_name, service_model

from microvm_sdk import (
    CpuConfiguration,
    Hooks,
    IdlePolicy,
    MicroVMClient,
    Resources,
    UnknownValue,
    models,
)
from microvm_sdk.models._machinery.model import Model

SERVICE = service_model()
EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True)

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.text(string.ascii_lowercase, min_size=3, max_size=8).map(lambda name: "new" + name)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
# Milliseconds from 1970 to 2200, as in the service's responses.
TIMES = st.integers(0, 7_258_118_400_000).map(lambda milliseconds: milliseconds / 1000)


def values(  # noqa: PLR0911  One for each type of the service model.
    shape: Any, *, is_newer: bool
) -> st.SearchStrategy[Any]:
    """Generate the values that a shape may have on the wire, of this service or a newer one."""
    kind = shape.type_name
    if kind == "structure" and shape.is_tagged_union:
        members = [
            values(member, is_newer=is_newer).map(lambda value, tag=tag: {tag: value})
            for tag, member in shape.members.items()
        ]
        if is_newer:
            content = JSON.filter(lambda value: value is not None)
            members.append(st.builds(lambda tag, value: {tag: value}, NAMES, content))
        return st.one_of(members)
    if kind == "structure":
        required = set(shape.required_members)
        made = st.fixed_dictionaries(
            {name: values(shape.members[name], is_newer=is_newer) for name in sorted(required)},
            optional={
                name: st.none() | values(member, is_newer=is_newer)
                for name, member in shape.members.items()
                if name not in required
            },
        )
        if not is_newer:
            return made
        newer = st.dictionaries(NAMES, JSON, max_size=2)
        return st.builds(lambda fields, more: {**more, **fields}, made, newer)
    if kind == "list":
        return st.lists(values(shape.member, is_newer=is_newer), max_size=2)
    if kind == "map":
        return st.dictionaries(TEXT, values(shape.value, is_newer=is_newer), max_size=2)
    if kind == "string":
        known = st.sampled_from(shape.enum) if shape.enum else TEXT
        return known | NAMES.map(str.upper) if shape.enum and is_newer else known
    return {
        "integer": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "boolean": st.booleans(),
        "timestamp": TIMES,
    }[kind]


@cache
def responses(*, is_newer: bool) -> st.SearchStrategy[tuple[str, type[Model], Any]]:
    return st.one_of(
        values(_result_shape(name), is_newer=is_newer).map(
            lambda response, name=name, model=model: (name, model, response)
        )
        for name, model in RESULTS.items()
        if model is not None and name in SERVICE.operation_names
    )


def _result_shape(name: str) -> Any:
    shape: Any = SERVICE.operation_model(name).output_shape
    return shape.members["items"].member if "items" in shape.members else shape


def parsed_by_botocore(shape: Any, body: bytes) -> Any:
    parser = create_parser("rest-json")
    return parser.parse({"headers": {}, "status_code": 200, "body": body, "context": {}}, shape)


def on_the_wire(value: Any) -> Any:
    """Convert a dump to the values on the wire."""
    if isinstance(value, dict):
        return {name: on_the_wire(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [on_the_wire(item) for item in value]
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value


def assert_found(sent: Any, dumped: Any) -> None:
    """Check that a dump has every value of a response except those newer than the SDK."""
    if isinstance(sent, dict) and "SDK_UNKNOWN_MEMBER" in (dumped or {}):
        assert list(sent) == [dumped["SDK_UNKNOWN_MEMBER"]["name"]]
    elif isinstance(sent, dict):
        for name, value in sent.items():
            if name not in dumped:
                assert name.startswith("new")
            else:
                assert_found(value, dumped[name])
    elif isinstance(sent, list):
        assert len(sent) == len(dumped)
        for item, found in zip(sent, dumped, strict=True):
            assert_found(item, found)
    elif isinstance(dumped, datetime):
        assert abs(dumped.timestamp() - sent) < 1e-5
    else:
        assert sent == dumped


def wire_dump(model: Model) -> Any:
    return on_the_wire(model.model_dump(by_alias=True))


@EXAMPLES
@given(responses(is_newer=False))
def test_every_value_that_the_service_model_allows_is_found_again(
    made: tuple[str, type[Model], Any],
) -> None:
    _, model, response = made
    assert_found(response, wire_dump(model.model_validate(response)))
    assert_found(response, wire_dump(model.model_validate_json(json.dumps(response))))


@EXAMPLES
@given(responses(is_newer=True))
def test_responses_of_a_newer_service_parse_and_both_paths_agree(
    made: tuple[str, type[Model], Any],
) -> None:
    name, model, response = made
    body = json.dumps(response).encode()
    from_dict = model.model_validate(parsed_by_botocore(_result_shape(name), body))
    from_bytes = model.model_validate_json(json.dumps(response))
    assert from_bytes == from_dict
    assert hash(from_bytes) == hash(from_dict)
    assert_found(response, wire_dump(from_bytes))


def mangled(response: Any) -> st.SearchStrategy[Any]:
    """Replace or omit one value."""
    if not isinstance(response, dict) or not response:
        return JSON
    name = st.sampled_from(sorted(response))
    return st.one_of(
        st.builds(lambda key, value: {**response, key: value}, name, JSON),
        name.map(lambda key: {other: response[other] for other in response if other != key}),
        name.flatmap(
            lambda key: mangled(response[key]).map(lambda value: {**response, key: value})
        ),
    )


@EXAMPLES
@given(st.data())
def test_both_paths_agree_on_invalid_values(data: st.DataObject) -> None:
    name, model, response = data.draw(responses(is_newer=True))
    bad = data.draw(mangled(response))
    body = json.dumps(bad).encode()
    try:
        parsed = parsed_by_botocore(_result_shape(name), body)
        from_dict = model.model_validate(parsed)
    except Exception:  # noqa: BLE001  botocore fails in many ways, and so may the model then.
        from_dict = None
    try:
        from_bytes = model.model_validate_json(body)
    except ValidationError:
        from_bytes = None
    if from_dict is not None and from_bytes is not None:
        assert from_bytes == from_dict
    # If only the dict is accepted, botocore has converted a value: text for a number, nothing for
    # a structure that is `false`, a list for a map. If only the bytes are, botocore fails on one.
    if from_bytes is not None:
        assert_round_trip(model, from_bytes)


def assert_round_trip(model: type[Model], result: Model) -> None:
    assert model.model_validate(result.model_dump(by_alias=True)) == result
    assert model.model_validate(result.model_dump()) == result


# Requests


class _Sent(Exception):
    """The request that was about to be sent."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__()
        self.request = request


@contextmanager
def captured(requests: list[AWSPreparedRequest]) -> Iterator[tuple[Any, MicroVMClient]]:
    config = Config(retries={"total_max_attempts": 1})
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    raw: Any = session.client("lambda-microvms", config=config)

    def take(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        requests.append(request)

        class Nothing:
            def stream(self, **_: object) -> Iterator[bytes]:
                yield b'{"message": "no"}'

        raw_response: Any = Nothing()
        return AWSResponse(request.url, 400, {}, raw_response)

    raw.meta.events.register("before-send.lambda-microvms", take)
    yield raw, MicroVMClient(client=raw)


def requests_for(  # noqa: PLR0911  One for each type of the service model.
    shape: Any,
) -> st.SearchStrategy[Any]:
    """Generate parameters in boto3's form that pass botocore's validation."""
    kind = shape.type_name
    if kind == "structure" and shape.is_tagged_union:
        return st.one_of(
            requests_for(member).map(lambda value, tag=tag: {tag: value})
            for tag, member in shape.members.items()
        )
    if kind == "structure":
        required = set(shape.required_members)
        made = st.fixed_dictionaries(
            {name: requests_for(shape.members[name]) for name in sorted(required)},
            optional={
                name: requests_for(member)
                for name, member in shape.members.items()
                if name not in required and name != "clientToken"
            },
        )
        if "clientToken" in shape.members:
            made = made.map(lambda members: {**members, "clientToken": "token"})
        # botocore keeps the order of the members that it gets, and models have the service's.
        return made.map(
            lambda members: {name: members[name] for name in shape.members if name in members}
        )
    if kind == "list":
        return st.lists(requests_for(shape.member), min_size=1, max_size=2)
    if kind == "map":
        key = st.text(string.ascii_letters, min_size=1, max_size=5)
        return st.dictionaries(key, requests_for(shape.value), min_size=1, max_size=2)
    if kind == "string":
        least = max(shape.metadata.get("min", 1), 1)
        alphabet = string.ascii_letters + string.digits + ":/-_~%é"
        return (
            st.sampled_from(shape.enum) | NAMES
            if shape.enum
            else st.text(alphabet, min_size=least, max_size=least + 5)
        )
    if kind == "boolean":
        return st.booleans()
    least = shape.metadata.get("min", 1)
    return st.integers(least, shape.metadata.get("max", least + 1000))


MODELS: dict[str, type[Model]] = {
    "CpuConfiguration": CpuConfiguration,
    "Hooks": Hooks,
    "IdlePolicy": IdlePolicy,
    "Resources": Resources,
}


def in_a_users_form(  # noqa: PLR0911  One for each type of the service model.
    shape: Any, value: Any, draw: Any
) -> Any:
    """Convert a parameter of boto3's to any of the forms that the SDK accepts for it."""
    kind = shape.type_name
    if kind == "list":
        items = [in_a_users_form(shape.member, item, draw) for item in value]
        return draw(st.sampled_from([list, tuple, iter]))(items)
    if kind == "map":
        return {key: in_a_users_form(shape.value, item, draw) for key, item in value.items()}
    if kind == "string" and shape.metadata.get("sensitive") and draw(st.booleans()):
        return SecretStr(value)
    if kind == "string" and shape.enum and (value not in shape.enum or draw(st.booleans())):
        return UnknownValue(value)
    if kind == "structure" and shape.is_tagged_union:
        return TypeAdapter(getattr(models, shape.name)).validate_python(value)
    if kind == "structure" and draw(st.booleans()):
        return MODELS[shape.name].model_validate(value)
    return value


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[list[AWSPreparedRequest], Any, MicroVMClient]]:
    requests: list[AWSPreparedRequest] = []
    with captured(requests) as (raw, client):
        yield requests, raw, client


def lasting(headers: Mapping[str, str]) -> dict[str, str]:
    """Omit the headers that differ between any two requests: time, id and signature."""
    passing = {"X-Amz-Date", "Authorization", "amz-sdk-invocation-id"}
    return {name: value for name, value in headers.items() if name not in passing}


@pytest.mark.parametrize("name", SERVICE.operation_names)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_sdk_sends_the_same_request_as_boto3(
    pair: tuple[list[AWSPreparedRequest], Any, MicroVMClient], name: str, data: st.DataObject
) -> None:
    requests, raw, client = pair
    shape: Any = SERVICE.operation_model(name).input_shape
    drawn = data.draw(requests_for(shape))
    order = [
        to_camel(name) for name in inspect.signature(getattr(client, xform_name(name))).parameters
    ]
    parameters = dict(
        sorted(drawn.items(), key=lambda item: order.index(item[0][:1].lower() + item[0][1:]))
    )
    arguments = {
        python_name(member): in_a_users_form(shape.members[member], value, data.draw)
        for member, value in parameters.items()
    }
    requests.clear()
    with pytest.raises(raw.exceptions.ClientError):
        getattr(raw, xform_name(name))(**parameters)
    with pytest.raises(raw.exceptions.ClientError):
        list(getattr(client, xform_name(name))(**arguments))
    theirs, ours = requests
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert ours.body == theirs.body
    assert lasting(ours.headers) == lasting(theirs.headers)
