"""Waits that fail or time out, on a fake fake_time."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError
from fake_time import FakeTime
from loopback import Canned, Loopback, case
from polling import IDS, NOT_FOUND, THROTTLED, WAITS, error, state, waiting

from microvm_sdk import (
    AccessDeniedException,
    BuildError,
    Image,
    ImageVersion,
    InternalServerException,
    Microvm,
    MicroVMClient,
    ResourceNotFoundException,
    ResponseValidationError,
    ServiceError,
    WaiterError,
)

pytestmark = pytest.mark.usefixtures("fake_time")

BUILD, OTHER_BUILD = case("recorded/images-lifecycle/list-builds").body["items"]


def failed_build(name: str, reason: str | None = None) -> dict[str, Any]:
    return {**BUILD, "buildId": name, "buildState": "FAILED", "stateReason": reason}


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
    polled: list[Any] = []
    with pytest.raises(WaiterError) as caught:
        waiting(client, method)(on_poll=polled.append)
    failure = caught.value
    assert [poll.state for poll in polled] == states
    assert len(loopback.requests) == len(states)
    assert failure.last_result is not None
    assert failure.last_result.state == last
    assert not failure.timed_out
    assert last in failure.reason
    assert model is Image or "because" in failure.reason
    assert failure.last_state == last
    assert failure.state_reason == (None if model is Image else "because")
    assert (failure.identifier, failure.image_version) == (*IDS[model].values(), None)[:2]
    assert str(failure) == f"{method} ({', version '.join(IDS[model].values())}): {failure.reason}"


@pytest.mark.parametrize(
    "polls",
    [
        [(ImageVersion, "DELETE_FAILED")],
        [(ImageVersion, "SUCCESSFUL"), (Image, "DELETING")],
        [(ImageVersion, "SUCCESSFUL"), (Image, "UPDATED"), (ImageVersion, "DELETING")],
    ],
)
def test_version_or_image_that_is_deleted_is_a_failed_wait_and_not_a_failed_build(
    polls: list[tuple[Any, str]], client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(*(state(*poll) for poll in polls))
    model, last = polls[-1]
    with pytest.raises(WaiterError, match=last) as caught:
        client.wait_until_image_version_ready(**IDS[ImageVersion])
    assert type(caught.value) is WaiterError
    assert type(caught.value.last_result) is model


def test_failed_version_names_its_failed_builds_of_every_page(
    client: MicroVMClient, loopback: Loopback
) -> None:
    first = failed_build("b-1", "The container image build failed.")
    loopback.respond_with(
        state(ImageVersion, "FAILED", status="INACTIVE"),
        Canned(body={"items": [first, OTHER_BUILD], "nextToken": "1"}),
        Canned(body={"items": [failed_build("b-2")]}),
    )
    with pytest.raises(BuildError) as caught:
        client.wait_until_image_version_ready(**IDS[ImageVersion])
    builds = caught.value.failed_builds
    assert [(build.build_id, build.state_reason) for build in builds] == [
        ("b-1", "The container image build failed."),
        ("b-2", None),
    ]
    assert caught.value.reason == (
        "failed; version state: FAILED; "
        "build b-1 (ARM_64, GRAVITON 4): The container image build failed.; "
        "build b-2 (ARM_64, GRAVITON 4): no reason given "
        "(log group: /aws/lambda-microvms/example-image)"
    )
    assert isinstance(caught.value.last_result, ImageVersion)
    assert [request.query.get("nextToken") for request in loopback.requests[1:]] == [None, ["1"]]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (error(403, "AccessDeniedException"), ".*AccessDenied"),
        (Canned(body={"items": [], "nextToken": "1"}), "the service repeats a page token"),
    ],
)
def test_builds_that_cannot_be_listed_do_not_hide_the_failure(
    response: Canned, reason: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(ImageVersion, "FAILED", stateReason="because"), response)
    expected = rf"FAILED \(because\); its builds could not be listed: {reason}"
    with pytest.raises(BuildError, match=expected):
        client.wait_until_image_version_ready(**IDS[ImageVersion])


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
    builds = Canned(body={"items": [failed_build("b-1")]})
    loopback.respond_with(state(ImageVersion, "FAILED"), builds)
    with pytest.raises(WaiterError) as caught:
        client.wait_until_image_version_ready(**IDS[ImageVersion])
    original: Any = caught.value
    original.__notes__ = ["while releasing"]
    original.deploy = "web"
    again = copied(original)
    assert type(again) is BuildError
    assert str(again) == str(original)
    assert again.last_result == original.last_result
    assert again.failed_builds == original.failed_builds
    assert again.__dict__ == original.__dict__
    assert (again.image_version, again.deploy) == ("1.0", "web")
    assert again.__notes__ == ["while releasing"]


@pytest.mark.parametrize("method", WAITS)
def test_timeout_names_the_resource_and_its_last_state(
    method: str, client: MicroVMClient, loopback: Loopback, fake_time: FakeTime
) -> None:
    loopback.respond_with(state(WAITS[method], "X-PONDERING"))
    with pytest.raises(WaiterError, match=r"timed out after 10 seconds.*X-PONDERING") as caught:
        waiting(client, method)(timeout=10, poll_interval=1)
    assert caught.value.timed_out
    assert caught.value.last_state == "X-PONDERING"
    assert ", version ".join(IDS[WAITS[method]].values()) in str(caught.value)
    assert fake_time.pauses == [0.2, 0.3, 0.45, 0.675, *[1] * 8, 0.375]
    assert len(loopback.requests) == 14


def test_long_timeout_is_shown_with_all_its_digits(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(Microvm, "PENDING"))
    with pytest.raises(WaiterError, match="timed out after 1234567 seconds"):
        client.wait_until_microvm_running(**IDS[Microvm], timeout=1_234_567, poll_interval=100_000)


def test_timeout_covers_version_and_image_together(
    client: MicroVMClient, loopback: Loopback, fake_time: FakeTime
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
    assert fake_time.now == pytest.approx(1025)


def test_timeout_of_a_suspended_microvm_says_how_to_go_on(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(Microvm, "SUSPENDED"))
    with pytest.raises(WaiterError) as caught:
        client.wait_until_microvm_running(**IDS[Microvm], timeout=0)
    assert caught.value.reason == (
        "timed out after 0 seconds; last MicroVM state: SUSPENDED; resume_microvm resumes it"
    )


def test_throttling_to_the_end_is_a_timeout(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(THROTTLED)
    with pytest.raises(WaiterError, match=r"timed out.*ThrottlingException") as caught:
        client.wait_until_microvm_running(**IDS[Microvm], timeout=5)
    assert caught.value.last_result is None
    assert caught.value.last_state is None
    assert caught.value.state_reason is None


def test_pause_that_the_service_requests_is_no_longer_than_the_timeout(
    client: MicroVMClient, loopback: Loopback, fake_time: FakeTime
) -> None:
    requested = error(429, "ThrottlingException", **{"retry-after": "900"})
    loopback.respond_with(state(Microvm, "PENDING"), requested)
    with pytest.raises(WaiterError, match="timed out after 30 seconds") as caught:
        client.wait_until_microvm_running(**IDS[Microvm], timeout=30)
    assert caught.value.timed_out
    assert caught.value.last_result is not None
    assert caught.value.last_result.state == "PENDING"
    assert fake_time.pauses == [0.2, 29.8]


def test_reason_of_the_service_shows_no_control_character(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(state(Microvm, "TERMINATED", stateReason="gone\x1b[2J\n"))
    with pytest.raises(WaiterError, match=r"TERMINATED \(gone\\x1b\[2J\\n\)$"):
        client.wait_until_microvm_running(**IDS[Microvm])


@pytest.mark.parametrize(
    ("response", "expected", "code"),
    [
        (error(403, "AccessDeniedException"), AccessDeniedException, "AccessDeniedException"),
        (error(500, "InternalServerException"), InternalServerException, "InternalServerException"),
        (error(418, "Teapot"), ServiceError, "Teapot"),
        (error(502, None), ServiceError, "502"),
    ],
)
def test_error_of_the_service_is_raised_as_it_is(
    response: Canned,
    expected: type[ServiceError],
    code: str,
    client: MicroVMClient,
    loopback: Loopback,
) -> None:
    loopback.respond_with(state(Image, "CREATING"), response)
    with pytest.raises(ServiceError) as caught:
        client.wait_until_image_ready(**IDS[Image])
    assert type(caught.value) is expected
    assert caught.value.code == code
    assert isinstance(caught.value.__cause__, ClientError)
    assert caught.value.operation_name == "GetMicrovmImage"


def test_unreadable_response_ends_the_wait(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(Canned(body=b"{"))
    with pytest.raises(ResponseValidationError):
        client.wait_until_image_ready(**IDS[Image])


def test_error_of_botocores_own_passes_through_a_wait() -> None:
    once = Config(retries={"total_max_attempts": 1})
    client = MicroVMClient(endpoint_url="http://127.0.0.1:9", config=once)
    with pytest.raises(EndpointConnectionError):
        client.wait_until_microvm_running(**IDS[Microvm])


def test_error_of_on_poll_ends_the_wait(client: MicroVMClient, loopback: Loopback) -> None:
    def fail(_: Microvm) -> None:
        raise StopIteration

    loopback.respond_with(state(Microvm, "PENDING"))
    with pytest.raises(StopIteration):
        client.wait_until_microvm_running(**IDS[Microvm], on_poll=fail)


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
    with pytest.raises(ValueError, match="poll_interval must be more than 0 seconds"):
        wait(poll_interval=0)
    with pytest.raises(ParamValidationError):
        getattr(client, method)(**dict.fromkeys(IDS[WAITS[method]], ".."))
    assert loopback.requests == []
