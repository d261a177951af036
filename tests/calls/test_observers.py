"""What a program's handlers and tracers see: the content that boto3 would pass to them."""

import functools
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.config import Config
from loopback import Canned, Loopback, case
from sample_calls import IMAGE, update, update_directly

import microvm_sdk
from microvm_sdk import ImageVersion, MicroVMClient, UnknownMember

MINIMAL = case("update_microvm_image_version/minimal")
DOCUMENTED = case("update_microvm_image_version/documented")
THEIRS = Canned(body={**MINIMAL.body, "imageVersion": "9.0"})


class Traced:
    """Wraps a method as `wrapt` does, which most tracers use."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __get__(self, instance: object, owner: type) -> Any:
        return functools.partial(self.function, instance)


class Forwarding(Traced):
    """Passes on every attribute of what it wraps, `__globals__` included, as proxies do."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self.wrapped = BaseClient._make_api_call

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)


def plain_tracer(function: Any) -> Any:
    return functools.wraps(BaseClient._make_api_call)(function)


@pytest.mark.parametrize(
    ("event", "argument"),
    [
        ("after-call", "parsed"),
        ("needs-retry", "response"),
        ("response-received", "parsed_response"),
    ],
)
@pytest.mark.parametrize("scope", ["", ".lambda-microvms", ".*.UpdateMicrovmImageVersion"])
def test_handler_that_sees_content_sees_what_boto3_would_pass(
    event: str, argument: str, scope: str, own_client: MicroVMClient, loopback: Loopback
) -> None:
    seen: list[Any] = []

    def watch(**given: Any) -> None:
        content = given[argument]
        seen.append(dict(content[1] if isinstance(content, tuple) else content))

    loopback.respond_with(DOCUMENTED)
    own_client.boto3_client.meta.events.register(event + scope, watch)
    ours = update(own_client)
    theirs = update_directly(own_client.boto3_client)
    assert ours == ImageVersion.model_validate(theirs)
    for content in (*seen, theirs):
        content.pop("ResponseMetadata")
    assert seen == [theirs, theirs]
    own_client.boto3_client.meta.events.unregister(event + scope, watch)
    update(own_client)
    assert len(seen) == 2


def test_content_that_a_handler_changes_is_changed_for_the_caller(
    own_client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(MINIMAL)
    own_client.boto3_client.meta.events.register(
        "after-call.lambda-microvms", lambda parsed, **_: parsed.update(imageVersion="7.0")
    )
    version = update(own_client)
    assert version.image_version == "7.0"
    assert version.response_metadata.body is None
    assert version.response_metadata.http_status_code == 200


@pytest.mark.parametrize(
    "body", [b"<html>log in first</html>", MINIMAL.content[:-9], b"[1]", b"null", b"{", b"\xff"]
)
def test_response_that_botocore_parses_as_empty_is_an_error_for_a_handler_too(
    body: bytes, own_client: MicroVMClient, loopback: Loopback
) -> None:
    own_client.boto3_client.meta.events.register("after-call", lambda **_: None)
    loopback.respond_with(Canned(200, body, {"x-amzn-requestid": "r-1"}))
    for call in (
        lambda: own_client.terminate_microvm(microvm_identifier="m"),
        lambda: own_client.list_tags(resource=IMAGE),
        lambda: update(own_client),
    ):
        with pytest.raises(microvm_sdk.ResponseValidationError) as caught:
            call()
        assert (caught.value.body, caught.value.request_id) == (body, "r-1")
    loopback.respond_with(Canned(200, b""))
    own_client.terminate_microvm(microvm_identifier="m")


def test_handler_may_retry_on_content(own_client: MicroVMClient, loopback: Loopback) -> None:
    def retry(response: Any, attempts: int, **_: object) -> int | None:
        return 0 if response[1]["imageVersion"] == "9.0" and attempts < 3 else None

    own_client.boto3_client.meta.events.register_first("needs-retry.lambda-microvms", retry)
    loopback.respond_with(THEIRS, MINIMAL)
    version = update(own_client)
    assert version.image_version == "3.0"
    assert version.response_metadata.retry_attempts == 1


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_botocores_own_handlers_are_not_mistaken_for_the_programs(
    mode: Any, loopback: Loopback
) -> None:
    config = Config(retries={"mode": mode})
    client = MicroVMClient(endpoint_url=loopback.endpoint_url, config=config)
    loopback.respond_with(MINIMAL)
    assert update(client).response_metadata.body == MINIMAL.content


@pytest.mark.parametrize("replace", [Traced, Forwarding, functools.partialmethod, plain_tracer])
def test_tracer_that_wraps_botocore_sees_the_content(
    replace: Any, client: MicroVMClient, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    results: list[dict[str, Any]] = []
    original = BaseClient._make_api_call

    def traced(*arguments: Any) -> dict[str, Any]:
        result = original(*arguments)
        results.append(dict(result))
        return result

    loopback.respond_with(Canned(body={**DOCUMENTED.body, "logging": {"x-new": {"a": 1}}}))
    monkeypatch.setattr(BaseClient, "_make_api_call", replace(traced))
    version = update(client)
    assert results[0]["environmentVariables"] == DOCUMENTED.body["environmentVariables"]
    # The model is still made from the bytes.
    assert isinstance(version.logging, UnknownMember)
    assert version.logging.value == {"a": 1}
    assert version.response_metadata.body
    monkeypatch.undo()
    update(client)
    assert len(results) == 1


def test_response_that_botocore_fails_to_parse_for_a_tracer_is_read(
    client: MicroVMClient, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BaseClient, "_make_api_call", Traced(BaseClient._make_api_call))
    loopback.respond_with(
        Canned(body={**MINIMAL.body, "logging": {"cloudWatch": {}, "disabled": {}}})
    )
    with pytest.raises(microvm_sdk.ResponseValidationError, match="Exactly one member"):
        update(client)


@pytest.mark.parametrize("body", [b"null", {**MINIMAL.body, "logging": {}}])
def test_retries_before_a_response_that_botocore_fails_to_parse_are_counted(
    body: Any,
    retrying_client: MicroVMClient,
    loopback: Loopback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BaseClient, "_make_api_call", Traced(BaseClient._make_api_call))
    status = 200 if isinstance(body, dict) else 400

    def call(**_: object) -> None:
        """Make a call that is not one of our attempts."""
        retrying_client.get_microvm_image(image_identifier=IMAGE)

    event = "before-call.lambda-microvms.UpdateMicrovmImageVersion"
    retrying_client.boto3_client.meta.events.register(event, call)
    image = case("recorded/images-lifecycle/get-until-created")
    loopback.respond_with(image, Canned(500, {"message": "again"}), Canned(status, body))
    with pytest.raises(microvm_sdk.MicroVMError) as caught:
        update(retrying_client)
    error: Any = caught.value
    assert error.response["ResponseMetadata"]["RetryAttempts"] == 1
    assert error.status_code == status
