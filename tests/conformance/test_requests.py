"""The SDK sends the same requests as boto3, generated from botocore's model of the service."""

import inspect
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from differences import python_name
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter
from pydantic.alias_generators import to_camel
from service_comparison import service_model

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
NAMES = st.text(string.ascii_lowercase, min_size=3, max_size=8).map(lambda name: "new" + name)


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
