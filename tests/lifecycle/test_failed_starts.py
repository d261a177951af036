"""Starts that fail: which calls follow, and which exception names the MicroVM."""

from collections.abc import Iterator
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
from loopback import Canned, Loopback
from starts import (
    DENIED,
    ENDED,
    IMAGE,
    LOST,
    MICROVM_ID,
    NOT_FOUND,
    OK,
    RUNNING,
    STARTED,
    TERMINATED,
    Caller,
    calls,
    error,
    notes,
    tokens,
)

from microvm_sdk import (
    AccessDeniedException,
    Microvm,
    MicroVMClient,
    ResponseValidationError,
    ServiceError,
    ThrottlingException,
    WaiterError,
)
from microvm_sdk.lifecycle import running, start


def must_not_run(_: Microvm) -> None:
    pytest.fail("the block must not run")


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
    "the response names something else": (
        [Canned(body={"microvmId": 7}), STARTED, OK],
        ResponseValidationError,
        ["run", "run", "terminate"],
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
        assert "ParamValidationError" not in note


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


def test_end_that_is_interrupted_and_then_denied_says_so(
    client: MicroVMClient, loopback: Loopback, interrupts: list[BaseException]
) -> None:
    loopback.respond_with(STARTED, RUNNING, OK, DENIED)
    with pytest.raises(KeyboardInterrupt) as raised, running(client, image_identifier=IMAGE):
        interrupts.append(KeyboardInterrupt())
    (note,) = notes(raised.value)
    assert MICROVM_ID in note
    assert "AccessDeniedException" in note
