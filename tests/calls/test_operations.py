"""Calling operations: `client.call`."""

import json
import time
from http.client import HTTPConnection, HTTPException
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, HTTPClientError
from endings import TimeLimit
from loopback import Canned, Loopback, case
from pydantic import SecretStr
from sample_calls import IMAGE, update

from microvm_sdk import (
    CodeArtifactUri,
    ImageSummary,
    ImageVersion,
    ImageVersionStatus,
    MicroVMClient,
    Page,
    Result,
    UpdatedImage,
)

MINIMAL = case("update_microvm_image_version/minimal")


class OwnResult(Result, frozen=True):
    """A program's own model, with the members of an image version that it needs."""

    image_version: str
    region_count: int | None = None


def test_call_takes_boto3s_names_and_converts_as_usual(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(case("recorded/images-lifecycle/update-image"))
    image = client.call(
        UpdatedImage,
        "update_microvm_image",
        imageIdentifier=IMAGE,
        baseImageArn=IMAGE,
        buildRoleArn="arn:aws:iam::123456789012:role/build",
        codeArtifact=CodeArtifactUri(uri="s3://a/b"),
        environmentVariables={"A": SecretStr("1")},
        description=None,
        clientToken="t",
    )
    assert isinstance(image, UpdatedImage)
    assert json.loads(loopback.requests[0].body) == {
        "baseImageArn": IMAGE,
        "buildRoleArn": "arn:aws:iam::123456789012:role/build",
        "codeArtifact": {"uri": "s3://a/b"},
        "environmentVariables": {"A": "1"},
        "clientToken": "t",
    }


def test_call_does_what_the_method_does(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(MINIMAL)
    by_method = update(client)
    by_call = client.call(
        ImageVersion,
        "update_microvm_image_version",
        imageIdentifier=IMAGE,
        imageVersion="3.0",
        status=ImageVersionStatus.INACTIVE,
    )
    assert by_call == by_method
    first, second = loopback.requests
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)


def test_call_takes_a_model_of_the_users_own(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(Canned(body={"imageVersion": "3.0", "regionCount": 2, "x": 1}))
    arguments = {"imageIdentifier": IMAGE, "imageVersion": "3.0"}
    result = client.call(OwnResult, "get_microvm_image_version", **arguments)
    assert result == OwnResult(image_version="3.0", region_count=2)
    assert result.response_metadata.http_status_code == 200


def test_call_takes_a_page(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(case("recorded/images-lifecycle/list-images"))
    page = client.call(Page[ImageSummary], "list_microvm_images", maxResults=1)
    assert isinstance(page.items[0], ImageSummary)


@pytest.mark.parametrize("method", ["pause_microvm", "close", "meta", "GetMicrovm", "can_paginate"])
def test_operation_that_botocore_does_not_know_is_named(
    method: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(AttributeError, match=rf"botocore .* has no operation '{method}'"):
        client.call(Result, method)
    assert loopback.requests == []


@pytest.mark.parametrize("model", [dict, int, Result(), "Image", Page[ImageSummary] | None])
def test_call_with_a_model_that_is_not_a_result_is_refused_before_a_request(
    model: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(TypeError, match=r"model must be a subclass of microvm_sdk\.Result"):
        client.call(model, "terminate_microvm", microvmIdentifier="m")
    assert loopback.requests == []


class Unfinished(Result, frozen=True):
    """A model that refers to a class that does not exist."""

    thing: "Missing | None" = None  # type: ignore[name-defined]  # noqa: F821  See above.


@pytest.mark.parametrize("model", [Unfinished, Page[Unfinished]])
def test_call_with_a_model_that_cannot_be_built_is_refused_before_a_request(
    model: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(TypeError, match=r"^model .*Unfinished.* cannot be built: .*Missing"):
        client.call(model, "terminate_microvm", microvmIdentifier="m")
    assert loopback.requests == []


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (TimeLimit(), TimeLimit),
        (HTTPException(), ConnectionClosedError),
        (ValueError(), HTTPClientError),
    ],
)
def test_exception_of_a_signal_handler_is_not_a_failure_of_the_connection(
    loopback: Loopback,
    monkeypatch: pytest.MonkeyPatch,
    mode: Any,
    raised: Exception,
    expected: type[Exception],
) -> None:
    def receive(*_: object) -> None:
        raise raised

    loopback.respond_with(Canned())
    retries: Any = {"mode": mode, "total_max_attempts": 1 if expected is not TimeLimit else 3}
    client = MicroVMClient(
        session=boto3.Session("testing", "testing", region_name="eu-west-1"),
        endpoint_url=loopback.endpoint_url,
        config=Config(retries=retries),
    )
    monkeypatch.setattr(HTTPConnection, "getresponse", receive)
    with pytest.raises(expected) as caught:
        client.terminate_microvm(microvm_identifier="microvm-1")
    assert (caught.value is raised) == (expected is TimeLimit)
    # Nobody read the response. The request must not arrive in the next test.
    deadline = time.monotonic() + 10
    while not loopback.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(loopback.requests) == 1
