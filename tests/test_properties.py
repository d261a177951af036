"""Answers and requests made up from botocore's own model of the service.

Whatever the model allows parses, and every value is found again under its wire name. botocore's
dict and the raw bytes give the same. What the SDK sends is what boto3 sends.
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
from pydantic import SecretStr, ValidationError
from pydantic.alias_generators import to_camel
from service_comparison import RESULTS, python_name, service_model

from microvm_sdk import (
    AllPorts,
    CloudWatchLogging,
    CodeArtifactUri,
    CpuConfiguration,
    Hooks,
    IdlePolicy,
    LoggingDisabled,
    MicroVMClient,
    Port,
    PortRange,
    Resources,
    UnknownValue,
)
from microvm_sdk.models._model import Model

SERVICE = service_model()
EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True)

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.text(string.ascii_lowercase, min_size=3, max_size=8).map(lambda name: "new" + name)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
# Milliseconds from 1970 to 2200: what a service answers.
TIMES = st.integers(0, 7_258_118_400_000).map(lambda milliseconds: milliseconds / 1000)


def values(  # noqa: PLR0911  One for each type of the service model.
    shape: Any, *, tomorrow: bool
) -> st.SearchStrategy[Any]:
    """Make what the wire may hold for a shape, of today's service or of tomorrow's."""
    kind = shape.type_name
    if kind == "structure" and shape.is_tagged_union:
        members = [
            values(member, tomorrow=tomorrow).map(lambda value, tag=tag: {tag: value})
            for tag, member in shape.members.items()
        ]
        if tomorrow:
            content = JSON.filter(lambda value: value is not None)
            members.append(st.builds(lambda tag, value: {tag: value}, NAMES, content))
        return st.one_of(members)
    if kind == "structure":
        required = set(shape.required_members)
        made = st.fixed_dictionaries(
            {name: values(shape.members[name], tomorrow=tomorrow) for name in sorted(required)},
            optional={
                name: st.none() | values(member, tomorrow=tomorrow)
                for name, member in shape.members.items()
                if name not in required
            },
        )
        if not tomorrow:
            return made
        newer = st.dictionaries(NAMES, JSON, max_size=2)
        return st.builds(lambda fields, more: {**more, **fields}, made, newer)
    if kind == "list":
        return st.lists(values(shape.member, tomorrow=tomorrow), max_size=2)
    if kind == "map":
        return st.dictionaries(TEXT, values(shape.value, tomorrow=tomorrow), max_size=2)
    if kind == "string":
        known = st.sampled_from(shape.enum) if shape.enum else TEXT
        return known | NAMES.map(str.upper) if shape.enum and tomorrow else known
    return {
        "integer": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "boolean": st.booleans(),
        "timestamp": TIMES,
    }[kind]


@cache
def answers(*, tomorrow: bool) -> st.SearchStrategy[tuple[str, type[Model], Any]]:
    return st.one_of(
        values(_result_shape(name), tomorrow=tomorrow).map(
            lambda answer, name=name, model=model: (name, model, answer)
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
    """Turn a dump into what the wire had."""
    if isinstance(value, dict):
        return {name: on_the_wire(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [on_the_wire(item) for item in value]
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value


def assert_found(sent: Any, dumped: Any) -> None:
    """Find all that the wire had, but for what is newer than the SDK."""
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
@given(answers(tomorrow=False))
def test_whatever_the_service_model_allows_is_found_again(
    made: tuple[str, type[Model], Any],
) -> None:
    _, model, answer = made
    assert_found(answer, wire_dump(model.model_validate(answer)))
    assert_found(answer, wire_dump(model.model_validate_json(json.dumps(answer))))


@EXAMPLES
@given(answers(tomorrow=True))
def test_tomorrows_answers_parse_and_both_paths_agree(
    made: tuple[str, type[Model], Any],
) -> None:
    name, model, answer = made
    body = json.dumps(answer).encode()
    from_dict = model.model_validate(parsed_by_botocore(_result_shape(name), body))
    from_bytes = model.model_validate_json(json.dumps(answer))
    assert from_bytes == from_dict
    assert hash(from_bytes) == hash(from_dict)
    assert_found(answer, wire_dump(from_bytes))


def mangled(answer: Any) -> st.SearchStrategy[Any]:
    """Put something else in place of one value, or leave one out."""
    if not isinstance(answer, dict) or not answer:
        return JSON
    name = st.sampled_from(sorted(answer))
    return st.one_of(
        st.builds(lambda key, value: {**answer, key: value}, name, JSON),
        name.map(lambda key: {other: answer[other] for other in answer if other != key}),
        name.flatmap(lambda key: mangled(answer[key]).map(lambda value: {**answer, key: value})),
    )


@EXAMPLES
@given(st.data())
def test_both_paths_agree_on_what_does_not_fit(data: st.DataObject) -> None:
    name, model, answer = data.draw(answers(tomorrow=True))
    bad = data.draw(mangled(answer))
    body = json.dumps(bad).encode()
    try:
        parsed = parsed_by_botocore(_result_shape(name), body)
        from_dict = model.model_validate(parsed)
    except Exception:  # noqa: BLE001  botocore stumbles in many ways, and so may the model then.
        from_dict = None
    try:
        from_bytes = model.model_validate_json(body)
    except ValidationError:
        from_bytes = None
    if from_dict is not None and from_bytes is not None:
        assert from_bytes == from_dict
    # What only botocore takes it has read something into: text for a number, nothing for a
    # structure that is `false`, a list for a map. What only the bytes take it has stumbled over.
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
    """Make parameters as boto3 takes them, and as botocore lets them pass."""
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
        # botocore writes members in the order in which it is given them: models have the service's.
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


def as_a_user_has_it(  # noqa: PLR0911  One for each type of the service model.
    shape: Any, value: Any, draw: Any
) -> Any:
    """Turn a parameter of boto3's into any of the forms that the SDK takes for it."""
    kind = shape.type_name
    if kind == "list":
        items = [as_a_user_has_it(shape.member, item, draw) for item in value]
        return draw(st.sampled_from([list, tuple, iter]))(items)
    if kind == "map":
        return {key: as_a_user_has_it(shape.value, item, draw) for key, item in value.items()}
    if kind == "string" and shape.metadata.get("sensitive") and draw(st.booleans()):
        return SecretStr(value)
    if kind == "string" and shape.enum and (value not in shape.enum or draw(st.booleans())):
        return UnknownValue(value)
    if kind == "structure" and shape.is_tagged_union:
        ((tag, content),) = value.items()
        return {
            "uri": lambda: CodeArtifactUri(uri=content),
            "disabled": LoggingDisabled,
            "cloudWatch": lambda: CloudWatchLogging.model_validate(content),
            "port": lambda: Port(port=content),
            "range": lambda: PortRange.model_validate(content),
            "allPorts": AllPorts,
        }[tag]()
    if kind == "structure" and draw(st.booleans()):
        return MODELS[shape.name].model_validate(value)
    return value


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[list[AWSPreparedRequest], Any, MicroVMClient]]:
    requests: list[AWSPreparedRequest] = []
    with captured(requests) as (raw, client):
        yield requests, raw, client


def lasting(headers: Mapping[str, str]) -> dict[str, str]:
    """Leave out of a request's headers what no two requests share: its time, id and signature."""
    passing = {"X-Amz-Date", "Authorization", "amz-sdk-invocation-id"}
    return {name: value for name, value in headers.items() if name not in passing}


@pytest.mark.parametrize("name", SERVICE.operation_names)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data())
def test_what_the_sdk_sends_is_what_boto3_sends(
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
        python_name(member): as_a_user_has_it(shape.members[member], value, data.draw)
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
