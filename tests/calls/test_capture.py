"""Capturing responses: the SDK's calls get the bytes, all others get what boto3 returns."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, HTTPClientError
from botocore.stub import Stubber
from loopback import Canned, Loopback, case, case_names
from sample_calls import IMAGE, update, update_directly

import microvm_sdk
from microvm_sdk import ImageVersion, MicroVMClient, UnknownMember

MINIMAL = case("update_microvm_image_version/minimal")
THEIRS = Canned(body={**MINIMAL.body, "imageVersion": "9.0"})


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in case_names("update_microvm_image_version")
        if case(name).status == 200 and not name.endswith("required-missing")
    ],
)
def test_bytes_and_dict_produce_the_same_model(
    name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(case(name))
    from_bytes = update(client)
    from_dict = ImageVersion.model_validate(update_directly(client.boto3_client))
    assert from_bytes == from_dict
    assert hash(from_bytes) == hash(from_dict)
    assert from_bytes.created_at.tzinfo is from_dict.created_at.tzinfo


def test_bytes_show_more_of_an_unknown_member_than_the_dict(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        Canned(body={**MINIMAL.body, "logging": {"cloudWatch": None, "x-new": {"a": [1]}}})
    )
    logging = update(client).logging
    assert logging == UnknownMember(name="x-new")
    assert isinstance(logging, UnknownMember)
    assert logging.value == {"a": (1,)}


def test_stubber_works() -> None:
    ready = boto3.client("lambda-microvms")
    with Stubber(ready) as stubber:
        stubber.add_response(
            "update_microvm_image_version",
            {**MINIMAL.body, "createdAt": "2026-11-23T12:00:00Z"},
            {"imageIdentifier": IMAGE, "imageVersion": "3.0", "status": "INACTIVE"},
        )
        stubber.add_client_error("update_microvm_image_version", "ConflictException")
        client = MicroVMClient(client=ready)
        assert update(client).image_version == "3.0"
        with pytest.raises(microvm_sdk.ConflictException):
            update(client)


def test_call_that_was_retried_returns_the_last_response(
    retrying_client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(500, {"message": "again"}), MINIMAL)
    version = update(retrying_client)
    assert version.image_version == "3.0"
    assert version.response_metadata.retry_attempts == 1


def test_failed_call_leaves_nothing_behind(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(Canned(404, {"message": "no"}), MINIMAL)
    with pytest.raises(ClientError):
        update(client)
    response = update_directly(client.boto3_client)
    assert response["imageVersion"] == "3.0"


def test_handler_of_the_programs_own_may_call_boto3_meanwhile(loopback: Loopback) -> None:
    ready = boto3.client("lambda-microvms", endpoint_url=loopback.endpoint_url)
    client = MicroVMClient(client=ready)
    seen = []

    def handler(**_: object) -> None:
        seen.append(ready.get_microvm_image(imageIdentifier=IMAGE)["state"])

    ready.meta.events.register("before-call.lambda-microvms.UpdateMicrovmImageVersion", handler)
    ready.meta.events.register("after-call.lambda-microvms.UpdateMicrovmImageVersion", handler)
    image = case("recorded/images-lifecycle/get-until-created")
    loopback.respond_with(image, MINIMAL, image)
    assert update(client).image_version == "3.0"
    assert seen == ["CREATED", "CREATED"]


def test_handler_of_the_programs_own_may_call_the_sdk_meanwhile(
    own_client: MicroVMClient, loopback: Loopback
) -> None:
    seen = []

    def handler(**_: object) -> None:
        seen.append(own_client.get_microvm_image(image_identifier=IMAGE).state)

    events = own_client.boto3_client.meta.events
    events.register("after-call.lambda-microvms.UpdateMicrovmImageVersion", handler)
    loopback.respond_with(MINIMAL, case("recorded/images-lifecycle/get-until-created"))
    assert update(own_client).image_version == "3.0"
    assert seen == ["CREATED"]


def test_two_clients_over_one_boto3_client_do_not_affect_each_other(loopback: Loopback) -> None:
    ready = boto3.client("lambda-microvms", endpoint_url=loopback.endpoint_url)
    first, second = MicroVMClient(client=ready), MicroVMClient(client=ready)
    loopback.respond_with(case("update_microvm_image_version/documented"))
    direct = ImageVersion.model_validate(update_directly(ready))
    assert update(first) == update(second) == update(first) == direct
    assert ImageVersion.model_validate(update_directly(ready)) == direct


def test_direct_calls_of_other_threads_keep_their_dicts_while_ours_are_under_way(
    own_client: MicroVMClient, loopback: Loopback
) -> None:
    # The client does not retry, so that a missing body fails the test.
    loopback.respond_with(MINIMAL)
    barrier = Barrier(4)

    def ours() -> None:
        barrier.wait()
        for _ in range(25):
            assert update(own_client).image_version == "3.0"

    def direct() -> None:
        barrier.wait()
        for _ in range(25):
            response = update_directly(own_client.boto3_client)
            assert response["imageVersion"] == "3.0"

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(call) for call in (ours, direct, ours, direct)]:
            done.result()


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_call_that_was_interrupted_leaves_nothing_behind(
    failure: type[BaseException], own_client: MicroVMClient, loopback: Loopback
) -> None:
    def fail(**_: object) -> None:
        raise failure

    events = own_client.boto3_client.meta.events
    events.register("before-send.lambda-microvms", fail)
    with pytest.raises((failure, HTTPClientError)):
        update(own_client)
    events.unregister("before-send.lambda-microvms", fail)
    loopback.respond_with(MINIMAL)
    response = update_directly(own_client.boto3_client)
    assert response["imageVersion"] == "3.0"
    assert update(own_client).image_version == "3.0"


def test_error_response_is_parsed_by_botocore(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(case("update_microvm_image_version/throttled"))
    with pytest.raises(ClientError) as direct:
        update_directly(client.boto3_client)
    with pytest.raises(ClientError) as ours:
        update(client)
    assert ours.value.__cause__ is not None
    assert str(ours.value.__cause__) == str(direct.value)
    for error in (ours.value.response, direct.value.response):
        error["ResponseMetadata"].pop("HTTPHeaders")  # They include the time.
    assert ours.value.response == direct.value.response


def test_status_below_200_is_an_error() -> None:
    class Raw:
        def stream(self, **_: object) -> Iterator[bytes]:
            yield b""

    def early_hints(request: Any, **_: object) -> AWSResponse:
        headers: Any = {"x-amzn-requestid": "r-1"}
        raw: Any = Raw()
        return AWSResponse(request.url, 103, headers, raw)

    client = MicroVMClient()
    client.boto3_client.meta.events.register("before-send.lambda-microvms", early_hints)
    with pytest.raises(microvm_sdk.ServiceError) as caught:
        client.suspend_microvm(microvm_identifier="m")
    assert (caught.value.status_code, caught.value.request_id) == (103, "r-1")


def call_directly_at(event: str, client: MicroVMClient) -> list[dict[str, Any]]:
    """Make an event handler call what `update` calls, once. Its responses go into the list."""
    events = client.boto3_client.meta.events
    responses: list[dict[str, Any]] = []

    def call(**_: object) -> None:
        events.unregister(name, call)
        responses.append(update_directly(client.boto3_client))

    name = f"{event}.lambda-microvms.UpdateMicrovmImageVersion"
    events.register(name, call)
    return responses


@pytest.mark.parametrize("event", ["response-received", "needs-retry", "after-call"])
def test_handler_may_call_the_same_operation_after_our_response(
    event: str, own_client: MicroVMClient, loopback: Loopback
) -> None:
    theirs = call_directly_at(event, own_client)
    loopback.respond_with(MINIMAL, THEIRS)
    assert update(own_client).image_version == "3.0"
    assert [response["imageVersion"] for response in theirs] == ["9.0"]


def test_handler_that_calls_the_same_operation_does_not_affect_our_response(
    own_client: MicroVMClient, loopback: Loopback
) -> None:
    call_directly_at("before-call", own_client)
    loopback.respond_with(THEIRS, MINIMAL)
    assert update(own_client).image_version == "3.0"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"logging": {"cloudWatch": {}, "disabled": {}}},
            "logging: Exactly one member of the union must be set",
        ),
        (
            {"hooks": {"port": "abc"}},
            "hooks.port: Input should be a valid integer, unable to parse string as an integer",
        ),
        ({"resources": 5}, "resources: Input should be a valid array"),
    ],
    ids=["union", "number", "list"],
)
def test_response_that_botocore_fails_to_parse_is_the_typed_error(
    change: dict[str, Any], problem: str, own_client: MicroVMClient, loopback: Loopback
) -> None:
    call_directly_at("before-call", own_client)
    odd = Canned(body={**MINIMAL.body, **change}, headers={"x-amzn-requestid": "r-1"})
    loopback.respond_with(THEIRS, odd)
    with pytest.raises(microvm_sdk.ResponseValidationError) as caught:
        update(own_client)
    assert caught.value.body == odd.content
    assert caught.value.response["imageVersion"] == "3.0"
    assert (caught.value.request_id, caught.value.status_code) == ("r-1", 200)
    assert caught.value.problems == (problem,)


class TheirOwnError(Exception):
    """Raised by a program's event handler."""


def fail(**_: object) -> None:
    raise TheirOwnError


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("event", ["response-received", "after-call"])
def test_error_of_a_handler_passes_through(
    event: str, status: int, own_client: MicroVMClient, loopback: Loopback
) -> None:
    own_client.boto3_client.meta.events.register_last(f"{event}.lambda-microvms", fail)
    loopback.respond_with(Canned(status, MINIMAL.body))
    with pytest.raises(TheirOwnError):
        update(own_client)


def test_error_of_a_handler_in_a_retry_is_not_mistaken_for_the_response_before(
    retrying_client: MicroVMClient, loopback: Loopback
) -> None:
    events = retrying_client.boto3_client.meta.events
    events.register("needs-retry.lambda-microvms", lambda **_: events.register(sending, fail))
    sending = "before-sign.lambda-microvms"
    loopback.respond_with(Canned(500, {"message": "again"}), MINIMAL)
    with pytest.raises(TheirOwnError):
        update(retrying_client)
