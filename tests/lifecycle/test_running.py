"""`running`: whatever happens, the MicroVM is terminated."""

import inspect
from typing import Any

import pytest
from loopback import Canned, Loopback, case
from typing_extensions import get_type_hints

from microvm_sdk import (
    AccessDeniedException,
    MicroVMClient,
    ResponseValidationError,
    ThrottlingException,
    WaiterError,
)
from microvm_sdk.lifecycle import RunSettings, running

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
MICROVM = case("recorded/vms-lifecycle/get-until-running").body
STARTED = Canned(body={**MICROVM, "state": "PENDING"})
RUNNING = Canned(body={**MICROVM, "state": "RUNNING"})
TERMINATED = Canned(body={**MICROVM, "state": "TERMINATED", "stateReason": "Container Stopped"})
DENIED = Canned(403, {"message": "not allowed"}, {"x-amzn-errortype": "AccessDeniedException"})
NOT_FOUND = case("recorded/errors-not-found/get-vm-missing")


def calls(loopback: Loopback) -> list[str]:
    """Return the names of the calls that were made."""
    names = {"POST": "run", "GET": "get", "DELETE": "terminate"}
    return [names[request.method] for request in loopback.requests]


def test_microvm_is_started_awaited_and_terminated(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(STARTED, RUNNING, Canned())
    with running(client, image_identifier=IMAGE, maximum_duration_in_seconds=60) as microvm:
        assert microvm.state == "RUNNING"
        assert calls(loopback) == ["run", "get"]
    assert calls(loopback) == ["run", "get", "terminate"]
    assert loopback.requests[-1].path.endswith(microvm.microvm_id)


def test_each_microvm_has_a_client_token_of_its_own(
    client: MicroVMClient, loopback: Loopback
) -> None:
    tokens = set()
    for _ in range(2):
        loopback.respond_with(STARTED, RUNNING, Canned())
        with running(client, image_identifier=IMAGE):
            tokens.add(loopback.requests[0].body)
    assert len(tokens) == 2
    assert all(b'"clientToken"' in body for body in tokens)


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), SystemExit(3)])
def test_microvm_is_terminated_when_the_block_raises(
    client: MicroVMClient, loopback: Loopback, error: BaseException
) -> None:
    loopback.respond_with(STARTED, RUNNING, Canned())
    with pytest.raises(type(error)) as raised, running(client, image_identifier=IMAGE):
        raise error
    assert raised.value is error
    assert calls(loopback) == ["run", "get", "terminate"]
    assert not hasattr(error, "__notes__")


def test_microvm_that_ends_while_it_starts_is_terminated_too(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(STARTED, TERMINATED, Canned())
    with (
        pytest.raises(WaiterError, match="Container Stopped"),
        running(client, image_identifier=IMAGE),
    ):
        pytest.fail("the block must not run")
    assert calls(loopback) == ["run", "get", "terminate"]


def test_interrupted_wait_terminates_the_microvm(
    client: MicroVMClient, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(client, "wait_until_microvm_running", interrupt)
    loopback.respond_with(STARTED, Canned())
    with pytest.raises(KeyboardInterrupt), running(client, image_identifier=IMAGE):
        pytest.fail("the block must not run")
    assert calls(loopback) == ["run", "terminate"]


def interrupt_the_first_call(client: MicroVMClient) -> None:
    interrupts = iter([KeyboardInterrupt()])

    def interrupt(**_: object) -> None:
        for error in interrupts:
            raise error

    client.boto3_client.meta.events.register("after-call.lambda-microvms.RunMicrovm", interrupt)


def test_interrupted_start_terminates_what_the_service_started(
    client: MicroVMClient, loopback: Loopback
) -> None:
    interrupt_the_first_call(client)
    loopback.respond_with(STARTED, STARTED, Canned())
    with pytest.raises(KeyboardInterrupt), running(client, image_identifier=IMAGE):
        pytest.fail("the block must not run")
    assert calls(loopback) == ["run", "run", "terminate"]
    first, second, _ = (request.body for request in loopback.requests)
    assert first == second


def test_interrupted_start_that_cannot_be_found_is_a_note(
    client: MicroVMClient, loopback: Loopback
) -> None:
    interrupt_the_first_call(client)
    loopback.respond_with(STARTED, DENIED)
    with pytest.raises(KeyboardInterrupt) as caught, running(client, image_identifier=IMAGE):
        pytest.fail("the block must not run")
    (note,) = caught.value.__notes__
    assert note.startswith("A MicroVM may have been started")


def test_timeout_and_interval_reach_the_waiter(
    client: MicroVMClient, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def wait(**parameters: Any) -> None:
        seen.update(parameters)

    monkeypatch.setattr(client, "wait_until_microvm_running", wait)
    loopback.respond_with(STARTED, Canned())
    with running(client, ready_timeout=7, poll_interval=0.5, image_identifier=IMAGE):
        pass
    assert seen == {
        "microvm_identifier": MICROVM["microvmId"],
        "timeout": 7,
        "poll_interval": 0.5,
    }


def test_failure_to_terminate_is_raised_after_a_block_that_succeeded(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(STARTED, RUNNING, DENIED)
    with pytest.raises(AccessDeniedException), running(client, image_identifier=IMAGE):
        pass


def test_failure_to_terminate_is_a_note_on_the_error_of_the_block(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(STARTED, RUNNING, DENIED)
    with (
        pytest.raises(ValueError, match="mine") as raised,
        running(client, image_identifier=IMAGE),
    ):
        raise ValueError("mine")  # noqa: EM101  pytest.raises wants one statement.
    (note,) = raised.value.__notes__
    assert note.startswith(f"The MicroVM {MICROVM['microvmId']} could not be terminated")
    assert "not allowed" in note


def test_microvm_that_is_gone_counts_as_terminated(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(STARTED, RUNNING, NOT_FOUND)
    with running(client, image_identifier=IMAGE):
        pass
    assert calls(loopback) == ["run", "get", "terminate"]


def test_failure_to_start_terminates_nothing(client: MicroVMClient, loopback: Loopback) -> None:
    throttled = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})
    loopback.respond_with(throttled)
    with pytest.raises(ThrottlingException), running(client, image_identifier=IMAGE):
        pytest.fail("the block must not run")
    assert calls(loopback) == ["run"]


def test_microvm_whose_response_is_invalid_is_terminated(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(body={"microvmId": "microvm-1", "state": "PENDING"}), Canned())
    with pytest.raises(ResponseValidationError), running(client, image_identifier=IMAGE):
        pytest.fail("the block must not run")
    assert calls(loopback) == ["run", "terminate"]
    assert loopback.requests[-1].path.endswith("/microvm-1")


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
