"""Whose error it is: only an error of the operation that was called is a typed one."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from foreign_errors import (
    FOREIGN_ERRORS,
    ForeignError,
    assert_is_foreign,
    failing_credentials,
    foreign_session,
)
from loopback import Canned, Loopback, case, serving
from sample_calls import IMAGE, update

from microvm_sdk import AsyncMicroVMClient, MicroVMClient, ResourceNotFoundException, WaiterError

WAITS = [name for name in vars(MicroVMClient) if name.startswith("wait_until_")]
MINIMAL = case("update_microvm_image_version/minimal")
NOT_FOUND = case("recorded/errors-not-found/get-image-missing")


@pytest.fixture(scope="module")
def _portal() -> Iterator[Loopback]:
    with serving() as portal:
        yield portal


@pytest.fixture(params=FOREIGN_ERRORS)
def foreign(request: pytest.FixtureRequest) -> ForeignError:
    return FOREIGN_ERRORS[request.param]


@pytest.fixture
def session(
    foreign: ForeignError, _portal: Loopback, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> boto3.Session:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    return foreign_session(foreign, _portal, tmp_path, monkeypatch)


def listing(client: MicroVMClient) -> None:
    list(client.list_microvms())


async def async_listing(client: AsyncMicroVMClient) -> None:
    _ = [microvm async for microvm in client.list_microvms()]


def waiting(method: str) -> Callable[[Any], Any]:
    """Return a function that waits with a client's method."""
    names = inspect.signature(getattr(MicroVMClient, method)).parameters
    given = {"image_identifier": IMAGE, "image_version": "1.0", "microvm_identifier": "m"}
    arguments = {name: value for name, value in given.items() if name in names}
    return lambda client: getattr(client, method)(**arguments, timeout=9)


CALLS: list[Callable[[Any], Any]] = [
    lambda client: client.get_microvm_image(image_identifier=IMAGE),
    *map(waiting, WAITS),
]


def test_error_of_a_credential_provider_passes_through(
    foreign: ForeignError, session: boto3.Session, loopback: Loopback
) -> None:
    client = MicroVMClient(session=session, endpoint_url=loopback.endpoint_url)
    for call in [*CALLS, listing]:
        with pytest.raises(ClientError) as caught:
            call(client)
        assert_is_foreign(caught.value, foreign)
        assert caught.value.__cause__ is None
    assert loopback.requests == []


def test_error_of_a_credential_provider_passes_through_asyncio(
    foreign: ForeignError, session: boto3.Session, loopback: Loopback
) -> None:
    async def fail(client: AsyncMicroVMClient, call: Callable[[Any], Any]) -> BaseException:
        with pytest.raises(ClientError) as caught:
            await call(client)
        return caught.value

    async def run() -> list[BaseException]:
        async with AsyncMicroVMClient(
            session=session, endpoint_url=loopback.endpoint_url
        ) as client:
            return [await fail(client, call) for call in [*CALLS, async_listing]]

    for error in asyncio.run(run()):
        assert_is_foreign(error, foreign)
    assert loopback.requests == []


def test_errors_made_by_hand_are_those_of_the_providers(
    foreign: ForeignError, client: MicroVMClient, loopback: Loopback
) -> None:
    error = foreign.error()
    with failing_credentials(client, error), pytest.raises(ClientError) as caught:
        client.get_microvm_image(image_identifier=IMAGE)
    assert caught.value is error
    loopback.respond_with(case("recorded/images-lifecycle/get-until-created"))
    assert client.get_microvm_image(image_identifier=IMAGE).state == "CREATED"


@pytest.mark.parametrize(
    "error", [FOREIGN_ERRORS["gone"].error(), ResponseParserError("invalid XML")]
)
def test_credentials_that_fail_before_a_retry_are_not_mistaken_for_the_response_before(
    error: Exception, retrying_client: MicroVMClient, loopback: Loopback
) -> None:
    events = retrying_client.boto3_client.meta.events
    created: list[object] = []

    def fail(**_: object) -> None:
        # botocore's signer is called for the same event.
        created.append(None)
        if len(created) == 2:
            parse(error)

    events.register("request-created.lambda-microvms", fail)
    loopback.respond_with(Canned(500, {"message": "again"}), MINIMAL)
    with pytest.raises(type(error)) as caught:
        update(retrying_client)
    assert caught.value is error
    assert len(loopback.requests) == 1


def parse(error: Exception) -> None:
    """Raise an error as a function of botocore's parsers does."""
    code = compile("def fail(error): raise error", "parsers.py", "exec")
    module: dict[str, Any] = {"__name__": "botocore.parsers"}
    exec(code, module)  # noqa: S102  The code above.
    module["fail"](error)


def test_typed_error_of_a_handlers_own_call_passes_through(
    client: MicroVMClient, own_client: MicroVMClient, loopback: Loopback
) -> None:
    raised: list[ResourceNotFoundException] = []

    def call(**_: object) -> None:
        try:
            client.get_microvm(microvm_identifier="m")
        except ResourceNotFoundException as error:
            raised.append(error)
            raise

    for operation in ("GetMicrovm", "GetMicrovmImage"):
        event = f"before-call.lambda-microvms.{operation}"
        own_client.boto3_client.meta.events.register(event, call)
    loopback.respond_with(NOT_FOUND)
    with pytest.raises(ResourceNotFoundException) as same_operation:
        own_client.get_microvm(microvm_identifier="other")
    with pytest.raises(ResourceNotFoundException) as other_operation:
        own_client.wait_until_image_deleted(image_identifier=IMAGE)
    assert raised == [same_operation.value, other_operation.value]


def test_error_of_the_operation_from_a_handler_is_typed(
    client: MicroVMClient, loopback: Loopback
) -> None:
    """As of botocore's Stubber, and of handlers that inject faults."""
    not_found: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}
    error = ClientError(not_found, "GetMicrovmImage")
    with failing_credentials(client, error), pytest.raises(ResourceNotFoundException) as caught:
        client.get_microvm_image(image_identifier=IMAGE)
    assert caught.value.__cause__ is error
    assert loopback.requests == []


def test_response_of_a_handlers_own_call_is_not_taken_for_ours(
    own_client: MicroVMClient, loopback: Loopback
) -> None:
    ready = own_client.boto3_client
    event = "after-call.lambda-microvms.GetMicrovm"

    def call(**_: object) -> None:
        ready.meta.events.unregister(event, call)
        with pytest.raises(ClientError):
            ready.get_microvm(microvmIdentifier="other")

    ready.meta.events.register(event, call)
    loopback.respond_with(
        Canned(409, {"message": "ours"}), Canned(404, b"<ConflictException>theirs")
    )
    with pytest.raises(ClientError, match="ours") as caught:
        own_client.get_microvm(microvm_identifier="m")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_error_of_another_service_after_a_failed_build_is_part_of_the_waits_error(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        Canned(
            body={**case("recorded/images-lifecycle/version-until-built").body, "state": "FAILED"}
        )
    )
    events = client.boto3_client.meta.events
    event = "before-sign.lambda-microvms.ListMicrovmImageBuilds"

    def fail(**_: object) -> None:
        raise FOREIGN_ERRORS["throttled"].error()

    events.register(event, fail)
    try:
        with pytest.raises(
            WaiterError, match=r"builds could not be listed: .*AssumeRole.*exceeded"
        ):
            waiting("wait_until_image_version_ready")(client)
    finally:
        events.unregister(event, fail)
