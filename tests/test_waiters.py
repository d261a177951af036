"""Waiters: on a clock that does not make anybody wait."""

import copy
import inspect
import json
import pickle
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError
from botocore.waiter import WaiterModel
from loopback import Canned, Loopback, case

from microvm_sdk import (
    AccessDeniedException,
    Image,
    ImageVersion,
    MicroVMClient,
    ResourceNotFoundException,
    ResponseValidationError,
    ServiceError,
    WaiterError,
    waiters,
)

IMAGE = "arn:aws:lambda:us-east-2:123456789012:microvm-image:example-image"
IDS: dict[str, dict[str, str]] = {
    "image": {"image_identifier": IMAGE},
    "version": {"image_identifier": IMAGE, "image_version": "1.0"},
    "microvm": {"microvm_identifier": "microvm-1"},
}
BODIES = {
    "image": case("recorded/images-lifecycle/get-until-created").body,
    "version": case("recorded/images-lifecycle/version-until-built").body,
    "microvm": case("recorded/vms-lifecycle/get-until-running").body,
}
WAITS = {
    "wait_until_image_ready": "image",
    "wait_until_image_deleted": "image",
    "wait_until_image_version_ready": "version",
    "wait_until_image_version_deleted": "version",
    "wait_until_microvm_running": "microvm",
    "wait_until_microvm_suspended": "microvm",
    "wait_until_microvm_terminated": "microvm",
}
NOT_FOUND = case("recorded/errors-not-found/get-image-missing")
THROTTLED = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiters, "time", clock)
    return clock


def state(kind: str, name: str, **members: Any) -> Canned:
    return Canned(body={**BODIES[kind], "state": name, **members})


def waiting(client: MicroVMClient, method: str) -> Callable[..., Any]:
    def wait(**settings: float) -> Any:
        return getattr(client, method)(**IDS[WAITS[method]], **settings)

    return wait


@pytest.mark.parametrize(
    ("method", "states"),
    [
        ("wait_until_image_ready", ["CREATING", "CREATED"]),
        ("wait_until_image_ready", ["UPDATING", "UPDATING", "UPDATED"]),
        ("wait_until_image_deleted", ["DELETING", "DELETED"]),
        ("wait_until_image_version_deleted", ["SUCCESSFUL", "DELETING", "DELETED"]),
        ("wait_until_microvm_running", ["PENDING", "RUNNING"]),
        ("wait_until_microvm_running", ["SUSPENDED", "RUNNING"]),
        ("wait_until_microvm_suspended", ["RUNNING", "SUSPENDING", "SUSPENDED"]),
        ("wait_until_microvm_terminated", ["TERMINATING", "TERMINATED"]),
        ("wait_until_microvm_running", ["WARMING", "RUNNING"]),
        ("wait_until_image_ready", ["HIBERNATING", "CREATED"]),
    ],
)
def test_wait_ends_at_its_state_and_returns_the_model(
    method: str, states: list[str], client: MicroVMClient, loopback: Loopback, clock: Clock
) -> None:
    loopback.answer(*(state(WAITS[method], name) for name in states))
    result = waiting(client, method)(poll_interval=3)
    assert result.state == states[-1]
    assert clock.naps == [3] * (len(states) - 1)


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
    kind = WAITS[method]
    *before, last = states
    loopback.answer(
        *(state(kind, name) for name in before), state(kind, last, stateReason="because")
    )
    with pytest.raises(WaiterError) as caught:
        waiting(client, method)()
    error = caught.value
    assert len(loopback.requests) == len(states)
    assert error.last_result is not None
    assert error.last_result.state == last
    assert not error.timed_out
    assert last in error.reason
    assert kind == "image" or "because" in error.reason
    assert str(error).startswith(f"{method}: ")


class TestVersionReady:
    def test_it_waits_for_the_image_too_and_returns_the_version_as_it_is_then(
        self, client: MicroVMClient, loopback: Loopback, clock: Clock
    ) -> None:
        loopback.answer(
            state("version", "PENDING", status="INACTIVE"),
            state("version", "SUCCESSFUL", status="INACTIVE"),
            state("image", "UPDATING"),
            state("image", "UPDATED"),
            state("version", "SUCCESSFUL", status="ACTIVE"),
        )
        version = client.wait_until_image_version_ready(**IDS["version"])
        assert isinstance(version, ImageVersion)
        assert (version.state, version.status) == ("SUCCESSFUL", "ACTIVE")
        assert clock.naps == [10, 10]
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
            "stateReason": "CONTAINER_BUILD_FAILED",
        }
        loopback.answer(
            state("version", "FAILED", status="INACTIVE"),
            Canned(body={"items": [failed, other]}),
        )
        with pytest.raises(WaiterError) as caught:
            client.wait_until_image_version_ready(**IDS["version"])
        error = caught.value
        assert [build.build_id for build in error.failed_builds] == ["b-1"]
        assert "b-1 (ARM_64, GRAVITON 4): CONTAINER_BUILD_FAILED" in str(error)
        assert isinstance(error.last_result, ImageVersion)

    def test_builds_that_cannot_be_listed_do_not_hide_the_failure(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        denied = Canned(403, {"message": "no"}, {"x-amzn-errortype": "AccessDeniedException"})
        loopback.answer(state("version", "FAILED"), denied)
        with pytest.raises(WaiterError, match=r"FAILED.*could not be listed.*AccessDenied"):
            client.wait_until_image_version_ready(**IDS["version"])

    def test_image_that_is_deleted_meanwhile_ends_the_wait(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.answer(state("version", "SUCCESSFUL"), state("image", "DELETING"))
        with pytest.raises(WaiterError, match="DELETING") as caught:
            client.wait_until_image_version_ready(**IDS["version"])
        assert isinstance(caught.value.last_result, Image)


@pytest.mark.parametrize("method", WAITS)
def test_timeout_says_what_was_last_seen(
    method: str, client: MicroVMClient, loopback: Loopback, clock: Clock
) -> None:
    loopback.answer(state(WAITS[method], "PONDERING"))
    with pytest.raises(WaiterError, match=r"timed out after 10 seconds.*PONDERING") as caught:
        waiting(client, method)(timeout=10, poll_interval=4)
    assert caught.value.timed_out
    assert caught.value.last_result is not None
    assert caught.value.last_result.state == "PONDERING"
    assert clock.naps == [4, 4, 2]
    assert len(loopback.requests) == 4


def test_no_time_is_one_look(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(state("microvm", "RUNNING"))
    assert client.wait_until_microvm_running(**IDS["microvm"], timeout=0).state == "RUNNING"


def test_throttling_is_waited_out_for_as_long_as_the_service_asks(
    client: MicroVMClient, loopback: Loopback, clock: Clock
) -> None:
    asked = Canned(
        429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException", "retry-after": "7"}
    )
    loopback.answer(THROTTLED, asked, state("microvm", "RUNNING"))
    assert client.wait_until_microvm_running(**IDS["microvm"]).state == "RUNNING"
    assert clock.naps == [1, 7]


def test_throttling_to_the_end_is_a_timeout(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(THROTTLED)
    with pytest.raises(WaiterError, match=r"timed out.*ThrottlingException") as caught:
        client.wait_until_microvm_running(**IDS["microvm"], timeout=5)
    assert caught.value.last_result is None


def test_other_errors_are_raised_as_they_are(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(Canned(403, {"message": "no"}, {"x-amzn-errortype": "AccessDeniedException"}))
    with pytest.raises(AccessDeniedException):
        client.wait_until_image_ready(**IDS["image"])
    loopback.answer(Canned(body=b"{"))
    with pytest.raises(ResponseValidationError):
        client.wait_until_image_ready(**IDS["image"])


@pytest.mark.parametrize("method", WAITS)
def test_not_found_is_the_end_of_a_deletion_and_an_error_elsewhere(
    method: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(NOT_FOUND)
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


def test_waiter_model_is_botocores_and_agrees_with_the_methods() -> None:
    content = json.loads(files("microvm_sdk").joinpath("waiters-2.json").read_text("utf-8"))
    model = WaiterModel(content)
    for method in WAITS:
        name = "".join(word.capitalize() for word in method.removeprefix("wait_until_").split("_"))
        config = model.get_waiter(name)
        parameters = inspect.signature(getattr(MicroVMClient, method)).parameters
        assert parameters["poll_interval"].default == config.delay
        assert parameters["timeout"].default == config.delay * config.max_attempts
        assert re.fullmatch("Get(Microvm|MicrovmImage|MicrovmImageVersion)", config.operation)
        assert config.acceptors


def test_throttled_deletion_goes_on_and_ends(
    client: MicroVMClient, loopback: Loopback, clock: Clock
) -> None:
    loopback.answer(state("version", "DELETING"), THROTTLED, NOT_FOUND)
    assert client.wait_until_image_version_deleted(**IDS["version"]) is None
    assert clock.naps == [2, 2]


def test_wait_that_the_service_asks_for_is_no_longer_than_the_timeout(
    client: MicroVMClient, loopback: Loopback, clock: Clock
) -> None:
    asked = Canned(
        429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException", "retry-after": "900"}
    )
    loopback.answer(state("microvm", "PENDING"), asked)
    with pytest.raises(WaiterError, match="timed out after 30 seconds") as caught:
        client.wait_until_microvm_running(**IDS["microvm"], timeout=30)
    assert caught.value.timed_out
    assert caught.value.last_result is not None
    assert caught.value.last_result.state == "PENDING"
    assert clock.naps == [1, 29]


@pytest.mark.parametrize("asked", ["Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-3"])
def test_wait_that_the_service_asks_for_in_other_words_is_the_usual_one(
    asked: str, client: MicroVMClient, loopback: Loopback, clock: Clock
) -> None:
    headers = {"x-amzn-errortype": "ThrottlingException", "retry-after": asked}
    loopback.answer(Canned(429, {"message": "slow"}, headers), state("microvm", "RUNNING"))
    assert client.wait_until_microvm_running(**IDS["microvm"]).state == "RUNNING"
    assert clock.naps == [1]


@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalServerException"), (418, "Teapot"), (502, None)]
)
def test_wait_does_not_turn_a_services_error_into_another(
    status: int, code: str | None, client: MicroVMClient, loopback: Loopback
) -> None:
    headers = {} if code is None else {"x-amzn-errortype": code}
    loopback.answer(state("image", "CREATING"), Canned(status, {"message": "no"}, headers))
    with pytest.raises(ServiceError) as caught:
        client.wait_until_image_ready(**IDS["image"])
    assert caught.value.code == (code or "502")
    assert isinstance(caught.value.__cause__, ClientError)
    assert caught.value.operation_name == "GetMicrovmImage"


def test_error_of_botocores_own_passes_through_a_wait() -> None:
    once = Config(retries={"total_max_attempts": 1})
    client = MicroVMClient(endpoint_url="http://127.0.0.1:9", config=once)
    with pytest.raises(EndpointConnectionError):
        client.wait_until_microvm_running(**IDS["microvm"])


def test_builds_that_botocore_cannot_list_do_not_hide_the_failure(
    client: MicroVMClient, loopback: Loopback
) -> None:
    same_token_again = Canned(body={"items": [], "nextToken": "1"})
    loopback.answer(state("version", "FAILED", stateReason="because"), same_token_again)
    with pytest.raises(WaiterError, match=r"FAILED \(because\); its builds could not be listed"):
        client.wait_until_image_version_ready(**IDS["version"])


def test_failed_builds_on_every_page_are_named_even_with_no_reason(
    client: MicroVMClient, loopback: Loopback
) -> None:
    build = case("recorded/images-lifecycle/list-builds").body["items"][0]
    first, second = (
        {**build, "buildId": name, "buildState": "FAILED", "stateReason": None} for name in "xy"
    )
    loopback.answer(
        state("version", "FAILED"),
        Canned(body={"items": [first], "nextToken": "1"}),
        Canned(body={"items": [second]}),
    )
    with pytest.raises(WaiterError, match=r"build x .*no reason given; build y ") as caught:
        client.wait_until_image_version_ready(**IDS["version"])
    assert [build.build_id for build in caught.value.failed_builds] == ["x", "y"]
    assert caught.value.failed_builds[0].state_reason is None


def test_timeout_covers_version_and_image_together(
    client: MicroVMClient, loopback: Loopback, clock: Clock
) -> None:
    loopback.answer(
        state("version", "IN_PROGRESS"), state("version", "SUCCESSFUL"), state("image", "UPDATING")
    )
    with pytest.raises(WaiterError, match="last seen UPDATING") as caught:
        client.wait_until_image_version_ready(**IDS["version"], timeout=25)
    assert isinstance(caught.value.last_result, Image)
    assert clock.now == 25


def test_image_whose_update_failed_does_not_spoil_a_version_that_is_ready(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(
        state("version", "SUCCESSFUL"),
        state("image", "UPDATE_FAILED"),
        state("version", "SUCCESSFUL"),
    )
    version = client.wait_until_image_version_ready(**IDS["version"])
    assert version.state == "SUCCESSFUL"


def test_version_that_is_deleted_while_its_image_settles_is_not_ready(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(
        state("version", "SUCCESSFUL"), state("image", "UPDATED"), state("version", "DELETING")
    )
    with pytest.raises(WaiterError, match="DELETING"):
        client.wait_until_image_version_ready(**IDS["version"])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301  Its own.
def test_error_of_a_wait_pickles_and_copies_with_what_it_saw(
    copied: Callable[[Any], Any], client: MicroVMClient, loopback: Loopback
) -> None:
    build = case("recorded/images-lifecycle/list-builds").body["items"][0]
    loopback.answer(
        state("version", "FAILED"), Canned(body={"items": [{**build, "buildState": "FAILED"}]})
    )
    with pytest.raises(WaiterError) as caught:
        client.wait_until_image_version_ready(**IDS["version"])
    error = caught.value
    again = copied(error)
    assert type(again) is WaiterError
    assert str(again) == str(error)
    assert again.last_result == error.last_result
    assert again.failed_builds == error.failed_builds
    assert (again.waiter_name, again.reason) == (error.waiter_name, error.reason)
