"""`start`, `running` and their twins: which calls are made, and how a block ends."""

import asyncio
import inspect
import json
from typing import Any

import pytest
from loopback import Loopback
from starts import (
    DENIED,
    ENDED,
    IMAGE,
    MICROVM_ID,
    NOT_FOUND,
    OK,
    RUNNING,
    STARTED,
    Caller,
    calls,
    notes,
    tokens,
)
from typing_extensions import get_type_hints

from microvm_sdk import (
    AccessDeniedException,
    AsyncMicroVMClient,
    Microvm,
    MicroVMClient,
    WaiterError,
)
from microvm_sdk.lifecycle import RunSettings, async_running, async_start, running, start


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
    "a name that is unknown": (
        {"image": IMAGE},
        TypeError,
        "unknown setting 'image'; expected image_identifier, ",
    ),
    "no image": ({"image_identifier": ...}, TypeError, "image_identifier is missing: pass the ARN"),
    "a timeout that is text": ({"ready_timeout": "1"}, TypeError, "ready_timeout must be a number"),
    "a negative timeout": ({"ready_timeout": -1}, ValueError, "ready_timeout must be 0 seconds"),
    "an interval of nothing": ({"poll_interval": 0}, ValueError, "poll_interval must be more"),
    "a token that is not text": ({"client_token": 7}, TypeError, "client_token must be a string"),
}


@pytest.mark.parametrize(("arguments", "expected", "text"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_refused_before_any_call(
    client: MicroVMClient,
    loopback: Loopback,
    arguments: dict[str, Any],
    expected: type[Exception],
    text: str,
) -> None:
    arguments = {"image_identifier": IMAGE, **arguments}
    arguments = {name: value for name, value in arguments.items() if value is not ...}
    asynchronous = AsyncMicroVMClient(client=client)
    for function, own in (
        (start, client),
        (running, client),
        (async_start, asynchronous),
        (async_running, asynchronous),
    ):
        with pytest.raises(expected, match=text):
            call(function, own, **arguments)
    assert calls(loopback) == []


def test_clients_of_the_other_kind_are_refused(client: MicroVMClient) -> None:
    asynchronous = AsyncMicroVMClient(client=client)
    for function in (start, running):
        with pytest.raises(TypeError, match=r"pass client\.sync_client"):
            call(function, asynchronous, image_identifier=IMAGE)
    for function in (async_start, async_running):
        with pytest.raises(TypeError, match="AsyncMicroVMClient"):
            call(function, client, image_identifier=IMAGE)


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
