"""`terminate_all` and its twin: exactly these MicroVMs, and none is lost to throttling."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from endings import alive
from fake_time import ServiceTime
from foreign_errors import FOREIGN_ERRORS, ForeignError, failing_credentials
from local_image import LocalImage, LocalService

from microvm_sdk import (
    AccessDeniedException,
    AsyncMicroVMClient,
    Image,
    ThrottlingException,
    WaiterError,
)
from microvm_sdk._waits import pace
from microvm_sdk.lifecycle import async_terminate_all, running, start, terminate_all

pytestmark = pytest.mark.usefixtures("service_time")

Terminate: TypeAlias = Callable[..., tuple[str, ...]]
Handle: TypeAlias = Callable[[str, Callable[..., object]], None]


@pytest.fixture
def handle(service: LocalService) -> Iterator[Handle]:
    """Return a function that registers an event handler of boto3's for this test."""
    with ExitStack() as stack:

        def handle(event: str, handler: Callable[..., object]) -> None:
            events = service.client.boto3_client.meta.events
            events.register_first(event, handler)
            stack.callback(events.unregister, event, handler)

        yield handle


@pytest.fixture(params=["sync", "async"])
def terminate(
    request: pytest.FixtureRequest,
    service: LocalService,
    service_time: ServiceTime,
    monkeypatch: pytest.MonkeyPatch,
) -> Terminate:
    """Return `terminate_all`, or its twin in an event loop, without the client."""
    if request.param == "sync":
        return lambda *arguments, **options: terminate_all(service.client, *arguments, **options)

    async def sleep(seconds: float) -> None:
        service_time.sleep(seconds)

    monkeypatch.setattr("microvm_sdk._waits.waiters.sleep_async", sleep)
    client = AsyncMicroVMClient(client=service.client)
    return lambda *arguments, **options: asyncio.run(
        async_terminate_all(client, *arguments, **options)
    )


def run(image: LocalImage, count: int) -> list[str]:
    return [image.run("1.0") for _ in range(count)]


@pytest.fixture
def called(handle: Handle) -> list[str]:
    """Return a list to which the names of the operations are added that the SDK calls."""
    called: list[str] = []
    handle("before-call.lambda-microvms", lambda model, **_: called.append(model.name))
    return called


def test_all_are_terminated_and_reported(
    terminate: Terminate, service: LocalService, service_time: ServiceTime, image: LocalImage
) -> None:
    service.set_pace("microvm", {"progression": "time", "seconds": 5})
    first, second, third, other = run(image, 4)
    reported: list[str] = []
    microvm = service.client.get_microvm(microvm_identifier=second)
    (summary,) = (m for m in service.client.list_microvms() if m.microvm_id == third)
    ended = terminate([first, microvm, summary, first], on_terminated=reported.append)
    assert ended == (first, second, third)
    assert sorted(reported) == sorted(ended)
    assert service_time.pauses[:2] == [0.2, 0.3]
    assert alive(image) == {other}
    for microvm_id in ended:
        state = service.client.get_microvm(microvm_identifier=microvm_id).state
        assert state == "TERMINATED"


def test_throttling_slows_it_down_and_loses_none(
    terminate: Terminate, service_time: ServiceTime, image: LocalImage, called: list[str]
) -> None:
    microvms = run(image, 60)
    image.service.controls.limit_rate("TerminateMicrovm", 10)
    image.service.controls.limit_rate("GetMicrovm", 20)
    began = service_time.now
    assert terminate(microvms) == tuple(microvms)
    assert alive(image) == set()
    assert called.count("TerminateMicrovm") > 60
    assert called.count("GetMicrovm") > 60
    assert service_time.now - began < 30


def test_pause_that_the_service_requests_is_made(
    terminate: Terminate, service: LocalService, service_time: ServiceTime, image: LocalImage
) -> None:
    service.controls.throttle("TerminateMicrovm", times=1, retry_after=7)
    service.controls.throttle("GetMicrovm", times=1, retry_after=9)
    terminate(run(image, 2))
    assert [pause for pause in service_time.pauses if pause >= 7] == [7, 9]


def test_those_of_a_listing_that_have_ended_need_no_call(
    terminate: Terminate, service: LocalService, image: LocalImage, called: list[str]
) -> None:
    microvms = run(image, 30)
    for microvm_id in microvms[:20]:
        service.boto3.terminate_microvm(microvmIdentifier=microvm_id)
    listing = service.client.list_microvms(image_identifier=image.arn, max_results=5)
    assert set(terminate(listing)) == set(microvms)
    assert called.count("TerminateMicrovm") == 10
    assert called.count("ListMicrovms") == 6
    assert alive(image) == set()


def test_listing_and_reads_that_lag_behind(
    terminate: Terminate, service: LocalService, image: LocalImage
) -> None:
    microvms = run(image, 4)
    list(service.client.list_microvms())
    service.controls.set_lag("ListMicrovms", reads=100)
    service.controls.set_lag("GetMicrovm", seconds=3)
    service.boto3.terminate_microvm(microvmIdentifier=microvms[0])
    listing = list(service.client.list_microvms(image_identifier=image.arn))
    assert set(terminate(listing)) == set(microvms)
    service.controls.unset_lag()
    assert alive(image) == set()


def test_microvms_that_end_in_between_or_do_not_exist_count_as_terminated(
    terminate: Terminate, service: LocalService, image: LocalImage
) -> None:
    first, second = run(image, 2)
    reported: list[str] = []
    service.boto3.terminate_microvm(microvmIdentifier=second)
    unknown = "microvm-00000000-0000-4000-8000-000000000000"
    ended = terminate([unknown, first, second], on_terminated=reported.append)
    assert ended == (unknown, first, second)
    assert set(reported) == set(ended)


def test_failures_of_the_service_and_the_network_are_repeated(
    terminate: Terminate, service: LocalService, image: LocalImage, handle: Handle
) -> None:
    microvms = run(image, 3)
    service.controls.fail_calls("InternalServerException", "TerminateMicrovm", times=2)
    service.controls.fail_calls("ConflictException", "TerminateMicrovm", times=1)
    service.controls.fail_at_gateway("GetMicrovm", times=2)
    failures = [EndpointConnectionError(endpoint_url="a")]

    def lose(**_: Any) -> None:
        if failures:
            raise failures.pop()

    handle("after-call.lambda-microvms.TerminateMicrovm", lose)
    assert terminate(microvms) == tuple(microvms)
    assert alive(image) == set()


def test_timeout_names_those_that_may_still_run(
    terminate: Terminate, service: LocalService, service_time: ServiceTime, image: LocalImage
) -> None:
    ended, running_one, another = run(image, 3)
    service.boto3.terminate_microvm(microvmIdentifier=ended)
    service.controls.fail_calls("ThrottlingException", "TerminateMicrovm", times=None)
    with pytest.raises(WaiterError) as raised:
        terminate([ended, running_one, another], timeout=5)
    error = raised.value
    assert error.timed_out
    assert ended in error.identifier  # Without a call, it is not known to have ended.
    assert running_one in error.identifier
    assert another in str(error)
    assert "; last error: An error occurred (ThrottlingException)" in str(error)
    assert isinstance(error.__cause__, ThrottlingException)
    assert service_time.pauses[0] == 0.2
    assert not hasattr(error, "__notes__")


def test_timeout_of_the_wait_names_those_that_still_run(
    terminate: Terminate, service: LocalService, image: LocalImage
) -> None:
    service.set_pace("microvm", {"progression": "time", "seconds": 60})
    ended, ending = run(image, 2)
    service.boto3.terminate_microvm(microvmIdentifier=ended)
    service.controls.advance_clock(100)
    with pytest.raises(WaiterError, match="1 of 2 MicroVMs may still be running") as raised:
        terminate([ended, ending], timeout=0)
    assert raised.value.identifier == ending
    assert "last error" not in str(raised.value)
    assert raised.value.last_state == "TERMINATING"


def test_timeout_ends_calls_that_get_no_response(
    terminate: Terminate, service_time: ServiceTime, handle: Handle, image: LocalImage
) -> None:
    microvms = run(image, 5)

    def hang(**_: Any) -> None:
        service_time.sleep(60)
        raise ReadTimeoutError(endpoint_url="a")

    handle("before-send.lambda-microvms", hang)
    with pytest.raises(WaiterError, match="5 of 5 MicroVMs may still be running"):
        terminate(microvms, timeout=100)
    assert service_time.pauses == [60, 60]


def test_error_of_one_does_not_keep_the_others_running(
    terminate: Terminate, service: LocalService, image: LocalImage
) -> None:
    denied, second, third = run(image, 3)
    service.controls.deny_access("TerminateMicrovm", times=1)
    with pytest.raises(AccessDeniedException) as raised:
        terminate([denied, second, third])
    assert alive(image) == {denied}
    assert raised.value.__notes__ == [f"These MicroVMs may still be running: {denied}."]


@pytest.mark.parametrize("foreign", FOREIGN_ERRORS.values(), ids=FOREIGN_ERRORS)
def test_error_of_another_service_says_nothing_about_a_microvm(
    terminate: Terminate, service: LocalService, image: LocalImage, foreign: ForeignError
) -> None:
    (microvm,) = run(image, 1)
    with (
        failing_credentials(service.client, foreign.error()),
        pytest.raises(ClientError) as raised,
    ):
        terminate([microvm])
    assert raised.value.operation_name == foreign.operation_name
    assert alive(image) == {microvm}
    assert microvm in raised.value.__notes__[0]


@pytest.mark.parametrize("foreign", FOREIGN_ERRORS.values(), ids=FOREIGN_ERRORS)
def test_error_of_another_service_does_not_end_a_block_in_silence(
    service: LocalService, image: LocalImage, foreign: ForeignError
) -> None:
    with (
        pytest.raises(ClientError) as raised,
        failing_credentials(service.client, foreign.error()),
    ):
        start(service.client, image_identifier=image.arn)
    assert not hasattr(raised.value, "__notes__")
    block = running(service.client, image_identifier=image.arn)
    microvm = block.__enter__()
    with (
        pytest.raises(ClientError) as raised,
        failing_credentials(service.client, foreign.error()),
    ):
        block.__exit__(None, None, None)
    assert raised.value.operation_name == foreign.operation_name
    assert microvm.microvm_id in raised.value.__notes__[0]
    assert alive(image) == {microvm.microvm_id}


def test_interruption_names_those_that_may_still_run(
    service: LocalService, image: LocalImage
) -> None:
    first, second, third = run(image, 3)

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    service.boto3.terminate_microvm(microvmIdentifier=first)
    listed = [*service.client.list_microvms(image_identifier=image.arn)]
    with pytest.raises(KeyboardInterrupt) as raised:
        terminate_all(service.client, listed, on_terminated=interrupt)
    (note,) = raised.value.__notes__
    assert [microvm in note for microvm in (first, second, third)] == [False, True, True]


def test_asynchronous_listing_goes_in_as_it_is(
    service: LocalService, image: LocalImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    microvms = run(image, 12)

    async def terminate() -> tuple[str, ...]:
        client = AsyncMicroVMClient(client=service.client)
        listing = client.list_microvms(image_identifier=image.arn)
        reported: list[str] = []

        async def report(microvm_id: str) -> None:
            reported.append(microvm_id)

        ended = await async_terminate_all(client, listing, on_terminated=report)
        assert set(reported) == set(ended)
        return ended

    monkeypatch.setattr(pace, "time", __import__("time"))
    assert set(asyncio.run(terminate())) == set(microvms)


def test_nothing_to_terminate(terminate: Terminate) -> None:
    assert terminate([]) == ()


async def nothing() -> AsyncIterator[str]:
    for name in ():
        yield name


def test_mistakes_are_refused_before_any_call(
    terminate: Terminate, service: LocalService, image: LocalImage, called: list[str]
) -> None:
    (microvm_id,) = run(image, 1)
    microvm = service.client.get_microvm(microvm_identifier=microvm_id)
    called.clear()
    for microvms in (microvm_id, microvm, None, 7, {"a": 1}, b"a"):
        with pytest.raises(TypeError, match="microvms must be an iterable of MicroVMs"):
            terminate(microvms)
    for item in (None, 7, Image):
        with pytest.raises(TypeError, match=r"microvms\[1\] must be the id of a MicroVM"):
            terminate([microvm_id, item])
    with pytest.raises(ValueError, match="timeout"):
        terminate([microvm_id], timeout=-1)
    assert called == []


def test_arguments_of_the_other_kind_are_refused(service: LocalService) -> None:
    asynchronous: Any = AsyncMicroVMClient(client=service.client)
    synchronous: Any = service.client
    listing: Any = nothing()
    with pytest.raises(TypeError, match=r"pass client\.sync_client"):
        terminate_all(asynchronous, [])
    with pytest.raises(TypeError, match=r"microvms must be .*; pass it to async_terminate_all"):
        terminate_all(synchronous, listing)
    with pytest.raises(TypeError, match="AsyncMicroVMClient"):
        asyncio.run(async_terminate_all(synchronous, []))
