"""Waiters, on a fake clock."""

import copy
import importlib
import inspect
import logging
import pickle
import pkgutil
from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError
from fake_time import FakeTime
from loopback import Canned, Loopback, case

from microvm_sdk import (
    AccessDeniedException,
    BuildError,
    Image,
    ImageVersion,
    MicroVMClient,
    ResourceNotFoundException,
    ResponseValidationError,
    ServiceError,
    WaiterError,
    models,
)
from microvm_sdk._waits import waiters
from microvm_sdk._waits.pace import Pace
from microvm_sdk._waits.steps import Call, Finished, Pause, Report, Waiter, steps
from microvm_sdk.models import Microvm, UnknownValue
from microvm_sdk.models._machinery.outcomes import Outcome, Verdict
from microvm_sdk.models._machinery.results import Result
from microvm_sdk.models.microvm import MICROVM_RUNNING

IMAGE = "arn:aws:lambda:us-east-2:123456789012:microvm-image:example-image"
# How to poll each model that a waiter polls. A new model fails here until it has its rows.
IDS: dict[type[Result], dict[str, str]] = {
    Image: {"image_identifier": IMAGE},
    ImageVersion: {"image_identifier": IMAGE, "image_version": "1.0"},
    Microvm: {"microvm_identifier": "microvm-1"},
}
BODIES: dict[type[Result], Any] = {
    Image: case("recorded/images-lifecycle/get-until-created").body,
    ImageVersion: case("recorded/images-lifecycle/version-until-built").body,
    Microvm: case("recorded/vms-lifecycle/get-until-running").body,
}


def polled_model(method: Any) -> Any:
    """Return the model that a waiter returns, without the `None` of a deletion."""
    returned = get_type_hints(method)["return"]
    return next(iter(get_args(returned)), returned)


WAITS: dict[str, type[Result]] = {
    name: polled_model(method)
    for name, method in vars(MicroVMClient).items()
    if name.startswith("wait_until_")
}
assert set(WAITS.values()) <= IDS.keys() & BODIES.keys(), "add the new model to IDS and BODIES"
WAITERS: dict[str, Waiter[Any]] = {
    name: getattr(waiters, name.removeprefix("wait_until_"))(*IDS[model].values())
    for name, model in WAITS.items()
}
NOT_FOUND = case("recorded/errors-not-found/get-image-missing")
THROTTLED = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})


@pytest.fixture(autouse=True)
def clock(fake_time: FakeTime) -> FakeTime:
    return fake_time


def state(model: type[Result], name: str, **members: Any) -> Canned:
    """Return a response with a model in a state."""
    (member,) = BODIES[model].keys() & {"state", "buildState"}
    return Canned(body={**BODIES[model], member: name, **members})


def waiting(client: MicroVMClient, method: str) -> Callable[..., Any]:
    def wait(**settings: Any) -> Any:
        return getattr(client, method)(**IDS[WAITS[method]], **settings)

    return wait


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
    method: str, states: list[str], client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    loopback.respond_with(*(state(WAITS[method], name) for name in states))
    polled: list[Any] = []
    result = waiting(client, method)(poll_interval=0.1, on_poll=polled.append)
    assert result.state == states[-1]
    assert clock.pauses == [0.1] * (len(states) - 1)
    assert [poll.state for poll in polled] == states
    assert polled[-1] is result


@pytest.mark.parametrize(
    ("method", "states"),
    [
        ("wait_until_image_ready", ["CREATING", "CREATE_FAILED"]),
        ("wait_until_image_ready", ["UPDATE_FAILED"]),
        ("wait_until_image_ready", ["DELETING"]),
        ("wait_until_image_deleted", ["DELETING", "DELETE_FAILED"]),
        ("wait_until_image_version_ready", ["DELETING"]),
        ("wait_until_image_version_deleted", ["DELETE_FAILED"]),
        ("wait_until_microvm_running", ["PENDING", "TERMINATED"]),
        ("wait_until_microvm_running", ["TERMINATING"]),
        ("wait_until_microvm_suspended", ["TERMINATED"]),
    ],
)
def test_failure_state_ends_the_wait_at_once_with_its_reason(
    method: str, states: list[str], client: MicroVMClient, loopback: Loopback
) -> None:
    model = WAITS[method]
    *before, last = states
    loopback.respond_with(
        *(state(model, name) for name in before), state(model, last, stateReason="because")
    )
    with pytest.raises(WaiterError) as caught:
        waiting(client, method)()
    error = caught.value
    assert len(loopback.requests) == len(states)
    assert error.last_result is not None
    assert error.last_result.state == last
    assert not error.timed_out
    assert last in error.reason
    assert model is Image or "because" in error.reason
    assert error.last_state == last
    assert error.state_reason == (None if model is Image else "because")
    assert (error.identifier, error.image_version) == (*IDS[model].values(), None)[:2]
    assert str(error) == f"{method} ({', version '.join(IDS[model].values())}): {error.reason}"


class TestVersionReady:
    def test_it_waits_for_the_image_too_and_returns_the_version_as_it_is_then(
        self, client: MicroVMClient, loopback: Loopback, clock: FakeTime
    ) -> None:
        loopback.respond_with(
            state(ImageVersion, "PENDING", status="INACTIVE"),
            state(ImageVersion, "SUCCESSFUL", status="INACTIVE"),
            state(Image, "UPDATING"),
            state(Image, "UPDATED"),
            state(ImageVersion, "SUCCESSFUL", status="ACTIVE"),
        )
        polled: list[ImageVersion] = []
        version = client.wait_until_image_version_ready(**IDS[ImageVersion], on_poll=polled.append)
        assert isinstance(version, ImageVersion)
        assert [poll.state for poll in polled] == ["PENDING", *["SUCCESSFUL"] * 4]
        assert polled[-1] is version
        assert (version.state, version.status) == ("SUCCESSFUL", "ACTIVE")
        assert clock.pauses == [0.2, 0.3]
        paths = [request.path.endswith("/versions/1.0") for request in loopback.requests]
        assert paths == [True, True, False, False, True]

    def test_failed_version_names_its_failed_builds(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        (build, other) = case("recorded/images-lifecycle/list-builds").body["items"]
        failed = {
            **build,
            "buildId": "b-1",
            "buildState": "FAILED",
            "stateReason": "The container image build failed.",
        }
        loopback.respond_with(
            state(ImageVersion, "FAILED", status="INACTIVE"),
            Canned(body={"items": [failed, other]}),
        )
        with pytest.raises(WaiterError) as caught:
            client.wait_until_image_version_ready(**IDS[ImageVersion])
        error = caught.value
        assert [build.build_id for build in error.failed_builds] == ["b-1"]
        assert "b-1 (ARM_64, GRAVITON 4): The container image build failed." in str(error)
        assert isinstance(error.last_result, ImageVersion)

    def test_builds_that_cannot_be_listed_do_not_hide_the_failure(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        denied = Canned(403, {"message": "no"}, {"x-amzn-errortype": "AccessDeniedException"})
        loopback.respond_with(state(ImageVersion, "FAILED"), denied)
        with pytest.raises(WaiterError, match=r"FAILED.*could not be listed.*AccessDenied"):
            client.wait_until_image_version_ready(**IDS[ImageVersion])

    def test_image_that_is_deleted_meanwhile_ends_the_wait(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(state(ImageVersion, "SUCCESSFUL"), state(Image, "DELETING"))
        with pytest.raises(WaiterError, match="DELETING") as caught:
            client.wait_until_image_version_ready(**IDS[ImageVersion])
        assert isinstance(caught.value.last_result, Image)


@pytest.mark.parametrize("method", WAITS)
def test_timeout_names_the_resource_and_its_last_state(
    method: str, client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    loopback.respond_with(state(WAITS[method], "X-PONDERING"))
    with pytest.raises(WaiterError, match=r"timed out after 10 seconds.*X-PONDERING") as caught:
        waiting(client, method)(timeout=10, poll_interval=1)
    assert caught.value.timed_out
    assert caught.value.last_state == "X-PONDERING"
    assert ", version ".join(IDS[WAITS[method]].values()) in str(caught.value)
    assert clock.pauses == [0.2, 0.3, 0.45, 0.675, *[1] * 8, 0.375]
    assert len(loopback.requests) == 14


def test_long_timeout_is_shown_with_all_its_digits(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(Microvm, "PENDING"))
    with pytest.raises(WaiterError, match="timed out after 1234567 seconds"):
        client.wait_until_microvm_running(**IDS[Microvm], timeout=1_234_567, poll_interval=100_000)


def test_timeout_of_zero_polls_once(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(state(Microvm, "RUNNING"))
    assert client.wait_until_microvm_running(**IDS[Microvm], timeout=0).state == "RUNNING"


def test_throttling_is_retried_after_as_long_as_the_service_requests(
    client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    requested = Canned(
        429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException", "retry-after": "7"}
    )
    loopback.respond_with(THROTTLED, requested, state(Microvm, "RUNNING"))
    assert client.wait_until_microvm_running(**IDS[Microvm]).state == "RUNNING"
    assert clock.pauses == [0.2, 7]


def test_gateways_404_is_not_a_deletion_and_an_unknown_429_is_throttling(
    client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    loopback.respond_with(Canned(404, b"<html>nginx</html>"))
    with pytest.raises(ServiceError):
        client.wait_until_image_deleted(**IDS[Image])
    slow = {"x-amzn-errortype": "SlowDownException", "retry-after": "5"}
    loopback.respond_with(Canned(429, {"message": "slow"}, slow), NOT_FOUND)
    assert client.wait_until_image_deleted(**IDS[Image]) is None
    assert clock.pauses == [5]


def test_throttling_to_the_end_is_a_timeout(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(THROTTLED)
    with pytest.raises(WaiterError, match=r"timed out.*ThrottlingException") as caught:
        client.wait_until_microvm_running(**IDS[Microvm], timeout=5)
    assert caught.value.last_result is None
    assert caught.value.last_state is None
    assert caught.value.state_reason is None


def test_other_errors_are_raised_as_they_are(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(
        Canned(403, {"message": "no"}, {"x-amzn-errortype": "AccessDeniedException"})
    )
    with pytest.raises(AccessDeniedException):
        client.wait_until_image_ready(**IDS[Image])
    loopback.respond_with(Canned(body=b"{"))
    with pytest.raises(ResponseValidationError):
        client.wait_until_image_ready(**IDS[Image])


@pytest.mark.parametrize("method", WAITS)
def test_not_found_is_the_end_of_a_deletion_and_an_error_elsewhere(
    method: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(NOT_FOUND)
    if method.endswith("_deleted"):
        assert waiting(client, method)() is None
    else:
        with pytest.raises(ResourceNotFoundException):
            waiting(client, method)()


@pytest.mark.parametrize("method", WAITS)
def test_arguments_out_of_range_are_refused(
    method: str, client: MicroVMClient, loopback: Loopback
) -> None:
    wait = waiting(client, method)
    for argument in ("timeout", "poll_interval"):
        with pytest.raises(TypeError, match=f"{argument} must be a number of seconds, got '5'"):
            wait(**{argument: "5"})
    with pytest.raises(ValueError, match="timeout must be 0 seconds or more, got -1"):
        wait(timeout=-1)
    for interval in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="poll_interval must be more than 0 seconds"):
            wait(poll_interval=interval)
    with pytest.raises(ParamValidationError):
        getattr(client, method)(**dict.fromkeys(IDS[WAITS[method]], ".."))
    assert loopback.requests == []


def test_throttled_polls_of_a_deletion_are_retried(
    client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    loopback.respond_with(state(ImageVersion, "DELETING"), THROTTLED, NOT_FOUND)
    assert client.wait_until_image_version_deleted(**IDS[ImageVersion]) is None
    assert clock.pauses == [0.2, 0.3]


def test_pause_that_the_service_requests_is_no_longer_than_the_timeout(
    client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    requested = Canned(
        429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException", "retry-after": "900"}
    )
    loopback.respond_with(state(Microvm, "PENDING"), requested)
    with pytest.raises(WaiterError, match="timed out after 30 seconds") as caught:
        client.wait_until_microvm_running(**IDS[Microvm], timeout=30)
    assert caught.value.timed_out
    assert caught.value.last_result is not None
    assert caught.value.last_result.state == "PENDING"
    assert clock.pauses == [0.2, 29.8]


@pytest.mark.parametrize("requested", ["Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-3"])
def test_requested_pause_that_is_not_a_number_of_seconds_is_ignored(
    requested: str, client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    headers = {"x-amzn-errortype": "ThrottlingException", "retry-after": requested}
    loopback.respond_with(Canned(429, {"message": "slow"}, headers), state(Microvm, "RUNNING"))
    assert client.wait_until_microvm_running(**IDS[Microvm]).state == "RUNNING"
    assert clock.pauses == [0.2]


@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalServerException"), (418, "Teapot"), (502, None)]
)
def test_wait_does_not_convert_a_services_error_to_another(
    status: int, code: str | None, client: MicroVMClient, loopback: Loopback
) -> None:
    headers = {} if code is None else {"x-amzn-errortype": code}
    loopback.respond_with(state(Image, "CREATING"), Canned(status, {"message": "no"}, headers))
    with pytest.raises(ServiceError) as caught:
        client.wait_until_image_ready(**IDS[Image])
    assert caught.value.code == (code or "502")
    assert isinstance(caught.value.__cause__, ClientError)
    assert caught.value.operation_name == "GetMicrovmImage"


def test_error_of_botocores_own_passes_through_a_wait() -> None:
    once = Config(retries={"total_max_attempts": 1})
    client = MicroVMClient(endpoint_url="http://127.0.0.1:9", config=once)
    with pytest.raises(EndpointConnectionError):
        client.wait_until_microvm_running(**IDS[Microvm])


def test_builds_that_botocore_cannot_list_do_not_hide_the_failure(
    client: MicroVMClient, loopback: Loopback
) -> None:
    same_token_again = Canned(body={"items": [], "nextToken": "1"})
    loopback.respond_with(state(ImageVersion, "FAILED", stateReason="because"), same_token_again)
    with pytest.raises(WaiterError, match=r"FAILED \(because\); its builds could not be listed"):
        client.wait_until_image_version_ready(**IDS[ImageVersion])


def test_failed_builds_on_every_page_are_named_even_with_no_reason(
    client: MicroVMClient, loopback: Loopback
) -> None:
    build = case("recorded/images-lifecycle/list-builds").body["items"][0]
    first, second = (
        {**build, "buildId": name, "buildState": "FAILED", "stateReason": None} for name in "xy"
    )
    loopback.respond_with(
        state(ImageVersion, "FAILED"),
        Canned(body={"items": [first], "nextToken": "1"}),
        Canned(body={"items": [second]}),
    )
    with pytest.raises(WaiterError, match=r"build x .*no reason given; build y ") as caught:
        client.wait_until_image_version_ready(**IDS[ImageVersion])
    assert [build.build_id for build in caught.value.failed_builds] == ["x", "y"]
    assert caught.value.failed_builds[0].state_reason is None


def test_timeout_covers_version_and_image_together(
    client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    loopback.respond_with(
        state(ImageVersion, "IN_PROGRESS"),
        state(ImageVersion, "SUCCESSFUL"),
        state(Image, "UPDATING"),
    )
    with pytest.raises(
        WaiterError, match="timed out after 25 seconds; last image state: UPDATING"
    ) as caught:
        client.wait_until_image_version_ready(**IDS[ImageVersion], timeout=25)
    assert isinstance(caught.value.last_result, Image)
    assert clock.now == pytest.approx(1025)


def test_image_whose_update_failed_does_not_affect_a_version_that_is_ready(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        state(ImageVersion, "SUCCESSFUL"),
        state(Image, "UPDATE_FAILED"),
        state(ImageVersion, "SUCCESSFUL"),
    )
    version = client.wait_until_image_version_ready(**IDS[ImageVersion])
    assert version.state == "SUCCESSFUL"


def test_version_that_is_deleted_while_its_image_settles_is_not_ready(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        state(ImageVersion, "SUCCESSFUL"), state(Image, "UPDATED"), state(ImageVersion, "DELETING")
    )
    with pytest.raises(WaiterError, match="DELETING"):
        client.wait_until_image_version_ready(**IDS[ImageVersion])


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301  The test made the pickle.
        lambda error: pickle.loads(pickle.dumps(error, 0)),  # noqa: S301  The test made the pickle.
    ],
)
def test_error_of_a_wait_pickles_and_copies_with_its_attributes(
    copied: Callable[[Any], Any], client: MicroVMClient, loopback: Loopback
) -> None:
    build = case("recorded/images-lifecycle/list-builds").body["items"][0]
    loopback.respond_with(
        state(ImageVersion, "FAILED"), Canned(body={"items": [{**build, "buildState": "FAILED"}]})
    )
    with pytest.raises(WaiterError) as caught:
        client.wait_until_image_version_ready(**IDS[ImageVersion])
    error: Any = caught.value
    error.__notes__ = ["while releasing"]
    error.deploy = "web"
    again = copied(error)
    assert type(again) is BuildError
    assert str(again) == str(error)
    assert again.last_result == error.last_result
    assert again.failed_builds == error.failed_builds
    assert again.__dict__ == error.__dict__
    assert (again.image_version, again.deploy) == ("1.0", "web")
    assert again.__notes__ == ["while releasing"]


@pytest.mark.parametrize(
    ("logging", "log_group"),
    [
        (None, "/aws/lambda-microvms/example-image"),
        ({"cloudWatch": {}}, "/aws/lambda-microvms/example-image"),
        ({"cloudWatch": {"logGroup": "builds"}}, "builds"),
        ({"disabled": {}}, None),
        ({"x-new": {}}, None),
    ],
)
def test_failed_build_names_the_log_group(
    logging: Any, log_group: str | None, client: MicroVMClient, loopback: Loopback
) -> None:
    failed = state(ImageVersion, "FAILED", logging=logging)
    loopback.respond_with(failed, Canned(body={"items": []}))
    with pytest.raises(BuildError) as caught:
        client.wait_until_image_version_ready(**IDS[ImageVersion])
    assert caught.value.log_group == log_group
    assert (f"(log group: {log_group})" in str(caught.value)) == (log_group is not None)


@pytest.mark.parametrize("name", ["DELETING", "DELETE_FAILED"])
def test_version_that_is_deleted_is_not_a_failed_build(
    name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(ImageVersion, name))
    with pytest.raises(WaiterError) as caught:
        client.wait_until_image_version_ready(**IDS[ImageVersion])
    assert type(caught.value) is WaiterError


def test_timeout_of_a_suspended_microvm_says_how_to_go_on(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(Microvm, "SUSPENDED"))
    with pytest.raises(WaiterError) as caught:
        client.wait_until_microvm_running(**IDS[Microvm], timeout=0)
    assert caught.value.reason == (
        "timed out after 0 seconds; last MicroVM state: SUSPENDED; resume_microvm resumes it"
    )


def test_reason_of_the_service_shows_no_control_character(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(Microvm, "TERMINATED", stateReason="gone\x1b[2J\n"))
    with pytest.raises(WaiterError, match=r"TERMINATED \(gone\\x1b\[2J\\n\)$"):
        client.wait_until_microvm_running(**IDS[Microvm])


def test_frozen_clock_does_not_make_a_wait_endless(
    client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    clock.is_frozen = True
    loopback.respond_with(state(Microvm, "PENDING"))
    with pytest.raises(WaiterError, match="timed out after 30 seconds"):
        client.wait_until_microvm_running(**IDS[Microvm], timeout=30)
    assert sum(clock.pauses) == pytest.approx(30)


def test_wait_without_end_is_possible(
    client: MicroVMClient, loopback: Loopback, clock: FakeTime
) -> None:
    loopback.respond_with(*[state(Microvm, "PENDING")] * 40, state(Microvm, "RUNNING"))
    endless = float("inf")
    client.wait_until_microvm_running(**IDS[Microvm], timeout=endless, poll_interval=endless)
    assert clock.pauses[-1] == 24 * 60 * 60


def test_on_poll_sees_the_failure_state_and_its_own_error_ends_the_wait(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(Microvm, "TERMINATED"))
    polled: list[Microvm] = []
    with pytest.raises(WaiterError):
        client.wait_until_microvm_running(**IDS[Microvm], on_poll=polled.append)
    assert [poll.state for poll in polled] == ["TERMINATED"]

    def fail(_: Microvm) -> None:
        raise StopIteration

    loopback.respond_with(state(Microvm, "PENDING"))
    with pytest.raises(StopIteration):
        client.wait_until_microvm_running(**IDS[Microvm], on_poll=fail)


def test_failed_polls_are_not_reported(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(state(ImageVersion, "DELETING"), THROTTLED, NOT_FOUND)
    polled: list[ImageVersion] = []
    client.wait_until_image_version_deleted(**IDS[ImageVersion], on_poll=polled.append)
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
        assert {state.value for state in outcome.waiting} == NOT_YET[name]
        for state in (*outcome.success, *outcome.failure, *outcome.waiting):
            assert (outcome.verdict(state) is Verdict.NOT_YET) == (state in outcome.waiting)
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
