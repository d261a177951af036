"""Waiters, on a fake clock: when a wait ends, and what it returns."""

import importlib
import inspect
import logging
import pkgutil
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from fake_time import FakeTime
from loopback import Canned, Loopback
from polling import BODIES, IDS, IMAGE, NOT_FOUND, THROTTLED, WAITERS, WAITS, error, state, waiting

from microvm_sdk import (
    Image,
    ImageVersion,
    Microvm,
    MicroVMClient,
    ServiceError,
    UnknownValue,
    WaiterError,
    models,
)
from microvm_sdk._waits import waiters
from microvm_sdk._waits.pace import Pace
from microvm_sdk._waits.steps import Call, Finished, Pause, Report, Waiter, steps
from microvm_sdk.models._machinery.outcomes import Outcome, Verdict
from microvm_sdk.models.microvm import MICROVM_RUNNING

pytestmark = pytest.mark.usefixtures("fake_time")


class TestEveryWaiter:
    """A new waiter is found by its method, and must pass these tests."""

    def test_it_is_a_function_with_the_name_of_its_method(self) -> None:
        functions = {
            f"wait_until_{name}"
            for name, function in vars(waiters).items()
            if inspect.isfunction(function)
            and get_origin(get_type_hints(function).get("return")) is Waiter
        }
        assert functions == WAITS.keys()
        assert {waiter.name for waiter in WAITERS.values()} == WAITS.keys()

    @pytest.mark.parametrize("method", WAITS)
    def test_it_ends_when_each_stage_is_in_a_state_of_success(
        self, method: str, client: MicroVMClient, loopback: Loopback
    ) -> None:
        *earlier, last = WAITERS[method].stages
        before = [state(stage.call.model, min(stage.outcome.success)) for stage in earlier]
        assert last.outcome.success
        for success in last.outcome.success:
            loopback.respond_with(*before, state(last.call.model, success))
            result = waiting(client, method)()
            assert type(result) is WAITS[method]
            assert result.state is success
            assert len(loopback.requests) == len(before) + 1

    def test_each_outcome_is_used_by_a_waiter(self) -> None:
        used = {id(stage.outcome) for waiter in WAITERS.values() for stage in waiter.stages}
        assert used == {id(outcome) for outcome in OUTCOMES.values()}

    def test_last_result_of_the_error_is_any_polled_model(self) -> None:
        polled = {stage.call.model for waiter in WAITERS.values() for stage in waiter.stages}
        annotated = get_type_hints(WaiterError.__init__)["last_result"]
        assert set(get_args(annotated)) == {*polled, type(None)}


@pytest.mark.parametrize(
    ("method", "states"),
    [
        ("wait_until_image_ready", ["CREATING", "CREATED"]),
        ("wait_until_image_ready", ["UPDATING", "UPDATING", "UPDATED"]),
        ("wait_until_image_deleted", ["DELETING", "DELETED"]),
        ("wait_until_image_version_deleted", ["SUCCESSFUL", "DELETING", "DELETED"]),
        ("wait_until_microvm_running", ["PENDING", "RUNNING"]),
        ("wait_until_microvm_running", ["SUSPENDED", "PENDING", "RUNNING"]),
        ("wait_until_microvm_suspended", ["RUNNING", "SUSPENDING", "SUSPENDED"]),
        ("wait_until_microvm_terminated", ["TERMINATING", "TERMINATED"]),
        ("wait_until_microvm_running", ["X-WARMING", "RUNNING"]),
        ("wait_until_image_ready", ["X-HIBERNATING", "CREATED"]),
    ],
)
def test_wait_ends_at_its_state_and_returns_the_model(
    method: str, states: list[str], client: MicroVMClient, loopback: Loopback, fake_time: FakeTime
) -> None:
    loopback.respond_with(*(state(WAITS[method], name) for name in states))
    polled: list[Any] = []
    result = waiting(client, method)(poll_interval=0.1, on_poll=polled.append)
    assert result.state == states[-1]
    assert fake_time.pauses == [0.1] * (len(states) - 1)
    assert [poll.state for poll in polled] == states
    assert polled[-1] is result


def test_version_ready_waits_for_the_image_too_and_returns_the_version_as_it_is_then(
    client: MicroVMClient, loopback: Loopback, fake_time: FakeTime
) -> None:
    loopback.respond_with(
        state(ImageVersion, "PENDING", status="INACTIVE"),
        state(ImageVersion, "SUCCESSFUL", status="INACTIVE"),
        state(Image, "UPDATING"),
        # A failure of the image does not affect a version that is ready.
        state(Image, "UPDATE_FAILED"),
        state(ImageVersion, "SUCCESSFUL", status="ACTIVE"),
    )
    polled: list[ImageVersion] = []
    version = client.wait_until_image_version_ready(**IDS[ImageVersion], on_poll=polled.append)
    assert isinstance(version, ImageVersion)
    assert [poll.state for poll in polled] == ["PENDING", *["SUCCESSFUL"] * 4]
    assert polled[-1] is version
    assert (version.state, version.status) == ("SUCCESSFUL", "ACTIVE")
    assert fake_time.pauses == [0.2, 0.3]
    paths = [request.path.endswith("/versions/1.0") for request in loopback.requests]
    assert paths == [True, True, False, False, True]


def test_timeout_of_zero_polls_once(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(state(Microvm, "RUNNING"))
    assert client.wait_until_microvm_running(**IDS[Microvm], timeout=0).state == "RUNNING"


@pytest.mark.parametrize(
    ("requested", "pause"),
    [(None, 0.2), ("7", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.2), ("soon", 0.2), ("-3", 0.2)],
)
def test_throttling_is_retried_after_the_seconds_that_the_service_requests(
    requested: str | None,
    pause: float,
    client: MicroVMClient,
    loopback: Loopback,
    fake_time: FakeTime,
) -> None:
    headers = {} if requested is None else {"retry-after": requested}
    throttled = error(429, "ThrottlingException", **headers)
    loopback.respond_with(throttled, state(Microvm, "RUNNING"))
    assert client.wait_until_microvm_running(**IDS[Microvm]).state == "RUNNING"
    assert fake_time.pauses == [pause]


def test_gateways_404_is_not_a_deletion_and_an_unknown_429_is_throttling(
    client: MicroVMClient, loopback: Loopback, fake_time: FakeTime
) -> None:
    loopback.respond_with(Canned(404, b"<html>nginx</html>"))
    with pytest.raises(ServiceError):
        client.wait_until_image_deleted(**IDS[Image])
    slow = error(429, "SlowDownException", **{"retry-after": "5"})
    loopback.respond_with(slow, NOT_FOUND)
    assert client.wait_until_image_deleted(**IDS[Image]) is None
    assert fake_time.pauses == [5]


def test_throttled_polls_of_a_deletion_are_retried_and_not_reported(
    client: MicroVMClient, loopback: Loopback, fake_time: FakeTime
) -> None:
    loopback.respond_with(state(ImageVersion, "DELETING"), THROTTLED, NOT_FOUND)
    polled: list[ImageVersion] = []
    deleted = client.wait_until_image_version_deleted(**IDS[ImageVersion], on_poll=polled.append)
    assert deleted is None
    assert fake_time.pauses == [0.2, 0.3]
    assert [poll.state for poll in polled] == ["DELETING"]


def test_each_change_of_state_is_one_log_record(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    loopback.respond_with(
        *[state(ImageVersion, "PENDING")] * 2,
        *[state(ImageVersion, "IN_PROGRESS")] * 3,
        state(ImageVersion, "SUCCESSFUL"),
        *[state(Image, "UPDATING")] * 2,
        state(Image, "UPDATED"),
        state(ImageVersion, "SUCCESSFUL"),
    )
    with caplog.at_level(logging.INFO, "microvm_sdk"):
        client.wait_until_image_version_ready(**IDS[ImageVersion])
    records: list[Any] = [record for record in caplog.records if record.levelno == logging.INFO]
    assert [
        (record.identifier, record.image_version, record.previous_state, record.state)
        for record in records
    ] == [
        (IMAGE, "1.0", None, "PENDING"),
        (IMAGE, "1.0", "PENDING", "IN_PROGRESS"),
        (IMAGE, "1.0", "IN_PROGRESS", "SUCCESSFUL"),
        (IMAGE, None, None, "UPDATING"),
        (IMAGE, None, "UPDATING", "UPDATED"),
    ]
    assert {record.name for record in records} == {"microvm_sdk"}
    assert {record.waiter_name for record in records} == {"wait_until_image_version_ready"}
    assert records[1].elapsed_seconds == 0.5
    assert records[1].getMessage() == (
        f"wait_until_image_version_ready: {IMAGE} version 1.0 is IN_PROGRESS after 0.5 s"
    )


def test_resource_that_is_gone_is_a_change_of_state(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    loopback.respond_with(state(Image, "DELETING"), NOT_FOUND)
    with caplog.at_level(logging.INFO, "microvm_sdk"):
        client.wait_until_image_deleted(**IDS[Image])
    last: Any = [record for record in caplog.records if record.levelno == logging.INFO][-1]
    assert (last.previous_state, last.state) == ("DELETING", None)
    assert last.getMessage() == f"wait_until_image_deleted: {IMAGE} is gone after 0.2 s"


# The states that neither end a wait nor fail it.
NOT_YET = {
    "IMAGE_READY": {"CREATING", "UPDATING"},
    "IMAGE_SETTLED": {"CREATING", "UPDATING"},
    "IMAGE_DELETED": {
        *("CREATING", "CREATED", "CREATE_FAILED"),
        *("UPDATING", "UPDATED", "UPDATE_FAILED", "DELETING"),
    },
    "IMAGE_VERSION_READY": {"PENDING", "IN_PROGRESS"},
    "IMAGE_VERSION_DELETED": {"PENDING", "IN_PROGRESS", "SUCCESSFUL", "FAILED", "DELETING"},
    "MICROVM_RUNNING": {"PENDING", "SUSPENDING", "SUSPENDED"},
    "MICROVM_SUSPENDED": {"PENDING", "RUNNING", "SUSPENDING"},
    "MICROVM_TERMINATED": {"PENDING", "RUNNING", "SUSPENDING", "SUSPENDED", "TERMINATING"},
}
OUTCOMES: dict[str, Outcome[Any]] = {
    name: value
    for found in pkgutil.iter_modules(models.__path__, f"{models.__name__}.")
    for name, value in vars(importlib.import_module(found.name)).items()
    if isinstance(value, Outcome)
}


class TestOutcomes:
    """A new state or outcome fails here: decide for each pair whether it ends the wait."""

    def test_each_outcome_is_in_the_table(self) -> None:
        assert OUTCOMES.keys() == NOT_YET.keys()

    @pytest.mark.parametrize("name", NOT_YET)
    def test_each_state_succeeds_fails_or_keeps_waiting(self, name: str) -> None:
        outcome = OUTCOMES[name]
        assert {known.value for known in outcome.waiting} == NOT_YET[name]
        for known in (*outcome.success, *outcome.failure, *outcome.waiting):
            assert (outcome.verdict(known) is Verdict.NOT_YET) == (known in outcome.waiting)
        assert not outcome.success & outcome.failure

    def test_unknown_state_keeps_waiting(self) -> None:
        verdict = MICROVM_RUNNING.verdict(UnknownValue("X-WARMING"))
        assert verdict is Verdict.NOT_YET


def test_steps_of_a_wait_need_no_client() -> None:
    def microvm(state: str) -> Microvm:
        return Microvm.model_validate({**BODIES[Microvm], "state": state})

    course = steps(waiters.microvm_running("microvm-1"), Pace(timeout=60, poll_interval=1))
    get = Call(Microvm, "get_microvm", {"microvmIdentifier": "microvm-1"})
    assert next(course) == get
    assert course.send(microvm("PENDING")) == Report(microvm("PENDING"))
    assert next(course) == Pause(0.2)
    assert next(course) == get
    assert course.send(microvm("RUNNING")) == Report(microvm("RUNNING"))
    assert next(course) == Finished(microvm("RUNNING"))
