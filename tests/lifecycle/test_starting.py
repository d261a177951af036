"""`start`, `running` and their twins: what each ending means, and which calls follow."""

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.stub import Stubber
from loopback import Canned, Loopback, case
from typing_extensions import get_type_hints

from microvm_sdk import (
    AccessDeniedException,
    AsyncMicroVMClient,
    Microvm,
    MicroVMClient,
    ResponseValidationError,
    ServiceError,
    ThrottlingException,
    WaiterError,
)
from microvm_sdk.lifecycle import RunSettings, async_running, async_start, running, start

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
MICROVM = case("recorded/vms-lifecycle/get-until-running").body
MICROVM_ID = MICROVM["microvmId"]
STARTED = Canned(body={**MICROVM, "state": "PENDING"})
RUNNING = Canned(body={**MICROVM, "state": "RUNNING"})
TERMINATED = Canned(body={**MICROVM, "state": "TERMINATED", "stateReason": "Container Stopped"})
NOT_FOUND = case("recorded/errors-not-found/get-vm-missing")
OK = Canned()
LOST = Canned(504, b"<html>")  # A gateway sends it, when the service has done what it was asked.


def error(status: int, code: str, message: str = "no") -> Canned:
    return Canned(status, {"message": message}, {"x-amzn-errortype": code})


DENIED = error(403, "AccessDeniedException", "not allowed")
ENDED = error(
    400, "ValidationException", "MicroVM x has been terminated and its state cannot be changed"
)


class Caller:
    """Calls the synchronous functions, or their twins in asyncio."""

    def __init__(self, client: MicroVMClient, *, is_async: bool) -> None:
        self.client = client
        self.is_async = is_async

    def start(self, **arguments: Any) -> Microvm:
        arguments = {"image_identifier": IMAGE, "poll_interval": 0.01, **arguments}
        if not self.is_async:
            return start(self.client, **arguments)
        client = AsyncMicroVMClient(client=self.client)
        return asyncio.run(async_start(client, **arguments))

    def run(self, block: Callable[[Microvm], object] = bool, **arguments: Any) -> None:
        arguments = {"image_identifier": IMAGE, "poll_interval": 0.01, **arguments}
        if not self.is_async:
            with running(self.client, **arguments) as microvm:
                block(microvm)
            return

        async def run() -> None:
            async with async_running(
                AsyncMicroVMClient(client=self.client), **arguments
            ) as microvm:
                block(microvm)

        asyncio.run(run())


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def caller(client: MicroVMClient, request: pytest.FixtureRequest) -> Caller:
    return Caller(client, is_async=request.param)


def calls(loopback: Loopback) -> list[str]:
    """Return the names of the calls that were made."""
    names = {"POST": "run", "GET": "get", "DELETE": "terminate"}
    return [names[request.method] for request in loopback.requests]


def tokens(loopback: Loopback) -> list[str]:
    """Return the client tokens that were sent."""
    return [
        json.loads(request.body)["clientToken"]
        for request in loopback.requests
        if request.method == "POST"
    ]


def notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def must_not_run(_: Microvm) -> None:
    pytest.fail("the block must not run")


def test_started_microvm_is_returned_running_and_not_terminated(
    caller: Caller, loopback: Loopback
) -> None:
    loopback.respond_with(STARTED, STARTED, RUNNING)
    microvm = caller.start(maximum_duration_in_seconds=60)
    assert microvm.state == "RUNNING"
    assert calls(loopback) == ["run", "get", "get"]
    assert json.loads(loopback.requests[0].body)["maximumDurationInSeconds"] == 60


def test_block_gets_the_microvm_and_ends_with_its_termination(
    caller: Caller, loopback: Loopback
) -> None:
    def block(microvm: Microvm) -> None:
        assert microvm.state == "RUNNING"
        assert calls(loopback) == ["run", "get"]

    loopback.respond_with(STARTED, RUNNING, OK)
    caller.run(block)
    assert calls(loopback) == ["run", "get", "terminate"]
    assert loopback.requests[-1].path.endswith(MICROVM_ID)


def test_client_token_is_random_or_the_callers(caller: Caller, loopback: Loopback) -> None:
    sent = []
    for arguments in ({}, {}, {"client_token": "mine"}):
        loopback.respond_with(STARTED, RUNNING)
        caller.start(**arguments)
        sent += tokens(loopback)
    assert len(set(sent)) == 3
    assert sent[2] == "mine"


@pytest.mark.parametrize("problem", [ValueError("mine"), KeyboardInterrupt(), SystemExit(3)])
def test_block_that_raises_ends_with_the_termination(
    caller: Caller, loopback: Loopback, problem: BaseException
) -> None:
    def block(_: Microvm) -> None:
        raise problem

    loopback.respond_with(STARTED, RUNNING, OK)
    with pytest.raises(type(problem)) as raised:
        caller.run(block)
    assert raised.value is problem
    assert calls(loopback) == ["run", "get", "terminate"]
    assert not notes(problem)


# The responses to a start that fails, and the calls that are made.
FAILED_STARTS: dict[str, tuple[list[Canned], type[Exception], list[str]]] = {
    "the MicroVM ends": ([STARTED, TERMINATED, OK], WaiterError, ["run", "get", "terminate"]),
    "a poll fails": ([STARTED, DENIED, OK], AccessDeniedException, ["run", "get", "terminate"]),
    "the response is lost": ([LOST, STARTED, OK], ServiceError, ["run", "run", "terminate"]),
    "the response is empty": (
        [Canned(200, b""), STARTED, OK],
        ResponseValidationError,
        ["run", "run", "terminate"],
    ),
    "the service fails": (
        [error(500, "InternalServerException"), STARTED, OK],
        ServiceError,
        ["run", "run", "terminate"],
    ),
    "there is no capacity": (
        [error(503, "InsufficientCapacityException"), STARTED, OK],
        ServiceError,
        ["run", "run", "terminate"],
    ),
    "the response is cut": (
        [Canned(200, b'{"microvmId": "micro'), STARTED, OK],
        ResponseValidationError,
        ["run", "run", "terminate"],
    ),
    "the response names the MicroVM only": (
        [Canned(body={"microvmId": MICROVM_ID}), OK],
        ResponseValidationError,
        ["run", "terminate"],
    ),
    "both responses are damaged, and the second names it": (
        [Canned(200, b"{"), Canned(body={"microvmId": MICROVM_ID}), OK],
        ResponseValidationError,
        ["run", "run", "terminate"],
    ),
    "the MicroVM is gone": (
        [STARTED, TERMINATED, NOT_FOUND],
        WaiterError,
        ["run", "get", "terminate"],
    ),
    "the MicroVM has ended": (
        [STARTED, TERMINATED, ENDED],
        WaiterError,
        ["run", "get", "terminate"],
    ),
    "the request is throttled": ([error(429, "ThrottlingException")], ThrottlingException, ["run"]),
    "the request is refused": ([error(400, "ValidationException")], ServiceError, ["run"]),
    "a quota is used up": ([error(402, "ServiceQuotaExceededException")], ServiceError, ["run"]),
}


@pytest.mark.parametrize(
    ("responses", "expected", "made"), FAILED_STARTS.values(), ids=FAILED_STARTS
)
def test_start_that_fails(
    caller: Caller,
    loopback: Loopback,
    responses: list[Canned],
    expected: type[Exception],
    made: list[str],
) -> None:
    for call in (caller.start, lambda: caller.run(must_not_run)):
        loopback.respond_with(*responses)
        with pytest.raises(expected) as raised:
            call()
        assert calls(loopback) == made
        assert len(set(tokens(loopback))) == 1
        assert not notes(raised.value)
        assert made[-1] == "run" or loopback.requests[-1].path.endswith(MICROVM_ID)


# The same, where the MicroVM cannot be terminated, and what the note names.
NOT_TERMINATED: dict[str, tuple[list[Canned], bool]] = {
    "the termination is denied": ([STARTED, TERMINATED, DENIED], True),
    "its response is lost": ([STARTED, TERMINATED, LOST], True),
    "a gateway does not find it": ([STARTED, TERMINATED, Canned(404, b"<html>")], True),
    "the second start is lost, too": ([LOST, LOST], False),
    "the second start is throttled": ([LOST, error(429, "ThrottlingException")], False),
    "the second start is refused": ([LOST, DENIED], False),
    "both responses are damaged": ([Canned(200, b"{"), Canned(200, b"{")], False),
}


@pytest.mark.parametrize(("responses", "is_known"), NOT_TERMINATED.values(), ids=NOT_TERMINATED)
def test_start_that_cannot_be_undone_names_the_microvm(
    caller: Caller, loopback: Loopback, responses: list[Canned], is_known: bool
) -> None:
    loopback.respond_with(*responses)
    with pytest.raises(Exception) as raised:  # noqa: PT011  The note is what counts.
        caller.start()
    (note,) = notes(raised.value)
    assert len(loopback.requests) == len(responses)
    if is_known:
        assert note.startswith(f"The MicroVM {MICROVM_ID} could not be terminated and may still")
    else:
        assert note.startswith("A MicroVM may have been started and may still be running")
        assert f"client_token='{tokens(loopback)[0]}'" in note


def test_answer_to_a_retry_does_not_say_what_the_first_attempt_did(
    loopback: Loopback,
) -> None:
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    config = Config(retries={"total_max_attempts": 2, "mode": "standard"})
    client = MicroVMClient(session=session, endpoint_url=loopback.endpoint_url, config=config)
    for status, code in (
        (429, "ThrottlingException"),
        (402, "ServiceQuotaExceededException"),
        (403, "AccessDeniedException"),
    ):
        loopback.respond_with(LOST, error(status, code), STARTED, OK)
        with pytest.raises(ServiceError) as raised:
            start(client, image_identifier=IMAGE)
        assert raised.value.status_code == status
        assert calls(loopback) == ["run", "run", "run", "terminate"]
        assert len(set(tokens(loopback))) == 1
    client.close()


# What keeps a request from being sent, by the event at which botocore raises it.
NOT_SENT: dict[str, tuple[str, Exception]] = {
    "no credentials": ("before-sign", NoCredentialsError()),
    "credentials of a service that fails": (
        "before-sign",
        ClientError(
            {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 500}},
            "GetRoleCredentials",
        ),
    ),
    "no connection": ("before-send", EndpointConnectionError(endpoint_url="http://a")),
}


@pytest.mark.parametrize(("event", "problem"), NOT_SENT.values(), ids=NOT_SENT)
def test_request_that_was_not_sent_is_not_repeated(
    caller: Caller, loopback: Loopback, event: str, problem: Exception
) -> None:
    attempts = []

    def handler(**_: Any) -> None:
        attempts.append(1)
        raise problem

    events = caller.client.boto3_client.meta.events
    events.register_first(f"{event}.lambda-microvms.RunMicrovm", handler)
    try:
        with pytest.raises(type(problem)) as raised:
            caller.start()
    finally:
        events.unregister(f"{event}.lambda-microvms.RunMicrovm", handler)
    assert len(attempts) == 1
    assert calls(loopback) == []
    assert not notes(raised.value)


def test_error_of_another_operation_is_not_the_answer_to_the_start(
    caller: Caller, loopback: Loopback
) -> None:
    def handler(**_: Any) -> None:
        events.unregister(event, handler)
        caller.client.get_microvm(microvm_identifier="microvm-other")

    events = caller.client.boto3_client.meta.events
    event = "after-call.lambda-microvms.RunMicrovm"
    events.register_last(event, handler)
    loopback.respond_with(STARTED, NOT_FOUND, STARTED, OK)
    with pytest.raises(ServiceError) as raised:
        caller.start()
    assert raised.value.operation_name == "GetMicrovm"
    assert calls(loopback) == ["run", "get", "run", "terminate"]
    assert not notes(raised.value)


def test_argument_that_cannot_be_sent_ends_the_start(caller: Caller, loopback: Loopback) -> None:
    with pytest.raises(ParamValidationError) as raised:
        caller.start(image_version="1. 0")
    assert calls(loopback) == []
    assert not notes(raised.value)


def test_stubber_of_botocore_works(caller: Caller) -> None:
    with Stubber(caller.client.boto3_client) as stubber:
        stubber.add_client_error("run_microvm", "InternalServerException", http_status_code=500)
        stubber.add_client_error("run_microvm", "AccessDeniedException", http_status_code=403)
        with pytest.raises(ServiceError) as raised:
            caller.start()
        stubber.assert_no_pending_responses()
    assert "AccessDeniedException" in notes(raised.value)[0]


@pytest.fixture
def interrupts(client: MicroVMClient) -> Iterator[list[BaseException]]:
    """Return a list of exceptions, which arrive with the next responses to `RunMicrovm`."""
    left: list[BaseException] = []

    def interrupt(**_: Any) -> None:
        if left:
            raise left.pop(0)

    events = client.boto3_client.meta.events
    for operation in ("RunMicrovm", "TerminateMicrovm"):
        events.register(f"after-call.lambda-microvms.{operation}", interrupt)
    yield left
    for operation in ("RunMicrovm", "TerminateMicrovm"):
        events.unregister(f"after-call.lambda-microvms.{operation}", interrupt)


@pytest.mark.parametrize(
    "problem", [KeyboardInterrupt(), SystemExit(3), ReadTimeoutError(endpoint_url="a")]
)
def test_interrupted_start_is_undone(
    client: MicroVMClient,
    loopback: Loopback,
    interrupts: list[BaseException],
    problem: BaseException,
) -> None:
    interrupts.append(problem)
    loopback.respond_with(STARTED, STARTED, OK)
    with pytest.raises(type(problem)):
        start(client, image_identifier=IMAGE)
    assert calls(loopback) == ["run", "run", "terminate"]
    assert len(set(tokens(loopback))) == 1
    assert not notes(problem)


def test_interrupted_end_is_made_again(
    client: MicroVMClient, loopback: Loopback, interrupts: list[BaseException]
) -> None:
    loopback.respond_with(STARTED, RUNNING, OK)
    with pytest.raises(KeyboardInterrupt) as raised, running(client, image_identifier=IMAGE):
        interrupts.append(KeyboardInterrupt())
    assert calls(loopback) == ["run", "get", "terminate", "terminate"]
    assert not notes(raised.value)


def test_end_that_is_interrupted_again_names_the_microvm(
    client: MicroVMClient, loopback: Loopback, interrupts: list[BaseException]
) -> None:
    loopback.respond_with(STARTED, RUNNING, OK)
    with pytest.raises(SystemExit) as raised, running(client, image_identifier=IMAGE):
        interrupts += [KeyboardInterrupt(), SystemExit()]
    assert MICROVM_ID in notes(raised.value)[0]


def test_failure_to_terminate_is_raised_after_a_block_that_succeeded(
    caller: Caller, loopback: Loopback
) -> None:
    loopback.respond_with(STARTED, RUNNING, DENIED)
    with pytest.raises(AccessDeniedException) as raised:
        caller.run()
    assert MICROVM_ID in notes(raised.value)[0]


class Frozen(Exception):
    """An exception that refuses new attributes, such as a frozen dataclass."""

    def __setattr__(self, *_: object) -> None:
        raise AttributeError


@pytest.mark.parametrize("problem", [ValueError("mine"), Frozen()])
def test_failure_to_terminate_is_a_note_on_the_error_of_the_block(
    caller: Caller, loopback: Loopback, problem: Exception
) -> None:
    def block(_: Microvm) -> None:
        raise problem

    loopback.respond_with(STARTED, RUNNING, DENIED)
    with pytest.raises(type(problem)) as raised:
        caller.run(block)
    assert raised.value is problem
    (note,) = notes(problem)
    assert note.startswith(f"The MicroVM {MICROVM_ID} could not be terminated")
    assert "AccessDeniedException" in note
    assert "not allowed" in note


def test_microvm_that_is_gone_counts_as_terminated(caller: Caller, loopback: Loopback) -> None:
    for gone in (NOT_FOUND, ENDED):
        loopback.respond_with(STARTED, RUNNING, gone)
        caller.run()
        assert calls(loopback) == ["run", "get", "terminate"]


def test_block_is_entered_once(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(STARTED, RUNNING, OK)
    block = running(client, image_identifier=IMAGE)
    with block:
        pass
    with pytest.raises(RuntimeError, match="entered"), block:
        pytest.fail("the block must not run")
    assert calls(loopback) == ["run", "get", "terminate"]


def test_ready_timeout_ends_the_wait_and_the_microvm(caller: Caller, loopback: Loopback) -> None:
    loopback.respond_with(STARTED, STARTED, OK)
    with pytest.raises(WaiterError, match="timed out after 0 seconds"):
        caller.start(ready_timeout=0)
    assert calls(loopback) == ["run", "get", "terminate"]


def call(function: Any, client: Any, **arguments: Any) -> None:
    made = function(client, **arguments)
    if inspect.iscoroutine(made):
        asyncio.run(made)


MISTAKES: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "a name that is unknown": ({"image": IMAGE}, TypeError, "image_identifier"),
    "no image": ({"image_identifier": ...}, TypeError, "image_identifier"),
    "a timeout that is text": ({"ready_timeout": "1"}, TypeError, "ready_timeout"),
    "a negative timeout": ({"ready_timeout": -1}, ValueError, "ready_timeout"),
    "an interval of nothing": ({"poll_interval": 0}, ValueError, "poll_interval"),
    "a token that is not text": ({"client_token": 7}, TypeError, "client_token"),
}


@pytest.mark.parametrize(("arguments", "expected", "text"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_refused_before_any_call(
    caller: Caller,
    loopback: Loopback,
    arguments: dict[str, Any],
    expected: type[Exception],
    text: str,
) -> None:
    arguments = {"image_identifier": IMAGE, **arguments}
    arguments = {name: value for name, value in arguments.items() if value is not ...}
    for function in (start, running, async_start, async_running):
        is_async = function in {async_start, async_running}
        client: Any = AsyncMicroVMClient(client=caller.client) if is_async else caller.client
        with pytest.raises(expected, match=text):
            call(function, client, **arguments)
    assert calls(loopback) == []


def test_clients_of_the_other_kind_are_refused(client: MicroVMClient) -> None:
    asynchronous: Any = AsyncMicroVMClient(client=client)
    synchronous: Any = client
    for function in (start, running):
        with pytest.raises(TypeError, match=r"pass client\.sync_client"):
            function(asynchronous, image_identifier=IMAGE)
    with pytest.raises(TypeError, match="AsyncMicroVMClient"):
        async_running(synchronous, image_identifier=IMAGE)
    with pytest.raises(TypeError, match="AsyncMicroVMClient"):
        asyncio.run(async_start(synchronous, image_identifier=IMAGE))


def test_run_settings_are_the_parameters_of_run_microvm() -> None:
    signature = inspect.signature(MicroVMClient.run_microvm)
    parameters = {
        name: parameter
        for name, parameter in signature.parameters.items()
        if name not in {"self", "client_token"}
    }
    assert list(RunSettings.__annotations__) == list(parameters)
    assert RunSettings.__required_keys__ == {
        name for name, parameter in parameters.items() if parameter.default is parameter.empty
    }
    hints = get_type_hints(RunSettings)
    run_hints = get_type_hints(MicroVMClient.run_microvm)
    assert hints == {name: run_hints[name] for name in hints}
