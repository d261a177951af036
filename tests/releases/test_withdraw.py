"""Taking a version away from callers, on the local service, verified through plain boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from local_image import LOST, RETRIED, LocalImage, LocalService

from microvm_sdk.exceptions import InternalServerException, ReleaseError, WaiterError
from microvm_sdk.releases import Release, ReleaseStep, StepAction, promote, withdraw

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"


def do(image: LocalImage, version: str, **arguments: Any) -> Release:
    client = image.service.client
    return withdraw(client, image_identifier=image.arn, image_version=version, **arguments)


def parts(release: Release) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return what a release did; `latest_active` depends on the service."""
    assert release.activated is None
    return release.before, release.now, release.blocked


def test_callers_get_the_version_before(service: LocalService, observe: Any) -> None:
    image = service.image(3)
    seen = observe(image)
    steps: list[ReleaseStep] = []
    assert parts(do(image, "3", on_step=steps.append)) == ("3.0", "2.0", ("3.0",))
    assert steps == [ReleaseStep(StepAction.DEACTIVATED, "3.0")]
    assert image.versions() == {"1.0": ACTIVE, "2.0": ACTIVE, "3.0": INACTIVE}
    assert seen == ["3.0", "2.0"]


def test_a_second_call_changes_nothing(service: LocalService, calls: Any) -> None:
    image = service.image(3)
    do(image, "3.0")
    calls.operations.clear()
    assert parts(do(image, "3.0")) == ("2.0", "2.0", ())
    # Two readings: the image, its versions, and both versions by themselves.
    reading = ["GetMicrovmImage", "ListMicrovmImageVersions", *["GetMicrovmImageVersion"] * 2]
    assert calls.operations == reading * 2
    assert image.versions() == {"1.0": ACTIVE, "2.0": ACTIVE, "3.0": INACTIVE}


def test_a_repair_that_is_current_stays_current(service: LocalService, observe: Any) -> None:
    image = service.image(6)
    seen = observe(image)
    for _ in range(3):
        assert do(image, "5.0").now == "6.0"
    assert seen == ["6.0"]
    assert [name for name, status in image.versions().items() if status == INACTIVE] == ["5.0"]


def test_callers_never_get_a_blocked_or_failed_version(service: LocalService, observe: Any) -> None:
    image = service.image(3)
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    image.build()
    image.set_status("3.0", INACTIVE)
    seen = observe(image)
    assert parts(do(image, "5.0")) == ("5.0", "2.0", ("5.0",))
    assert seen == ["5.0", "2.0"]


@pytest.mark.parametrize("blocked", [[], ["1.0", "2.0"]])
def test_the_last_version_that_can_start_is_not_taken_away(
    blocked: list[str], service: LocalService, calls: Any
) -> None:
    image = service.image(1 + len(blocked))
    for version in blocked:
        image.set_status(version, INACTIVE)
    before = image.versions()
    last = f"{1 + len(blocked)}.0"
    with pytest.raises(ReleaseError) as caught:
        do(image, last)
    candidates = ". INACTIVE versions that promote can make current: 1.0, 2.0" if blocked else ""
    assert caught.value.reason == (
        f"no other version can start MicroVMs, so {last} was not changed{candidates}"
    )
    assert (caught.value.steps, caught.value.current) == ((), last)
    assert calls.operations.count("ListMicrovmImageVersions") == 2
    assert image.versions() == before


def test_a_blocked_version_is_not_done_while_no_version_is_current(service: LocalService) -> None:
    image = service.image(2)
    for version in ("1.0", "2.0"):
        image.set_status(version, INACTIVE)
    with pytest.raises(ReleaseError) as caught:
        do(image, "2.0")
    assert caught.value.reason == (
        "version 2.0 is SUCCESSFUL and INACTIVE, but no version can start MicroVMs. "
        "INACTIVE versions that promote can make current: 1.0"
    )
    assert caught.value.current is None


@pytest.mark.parametrize("version", ["3.0", "0.0", "2.1"])
def test_a_version_that_nobody_can_find_is_an_error(
    version: str, service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    with pytest.raises(ReleaseError) as caught:
        do(image, version)
    assert caught.value.reason == f"version {version} does not exist; there are 1.0, 2.0"
    assert calls.operations.count("ListMicrovmImageVersions") == 3
    assert set(image.versions().values()) == {ACTIVE}


def test_a_failed_version_is_withdrawn_already(service: LocalService) -> None:
    image = service.image()
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    assert parts(do(image, "2.0")) == ("1.0", "1.0", ())


def test_a_version_that_is_deleted_meanwhile_is_withdrawn(service: LocalService) -> None:
    image = service.image(2)
    service.set_pace("deletion", {"progression": "time", "seconds": 10})
    service.boto3.delete_microvm_image_version(imageIdentifier=image.arn, imageVersion="2.0")
    assert parts(do(image, "2.0")) == ("1.0", "1.0", ())


def slow_builds(service: LocalService, seconds: float = 30) -> None:
    service.set_pace("build", {"progression": "time", "seconds": seconds})


def test_a_version_that_is_being_built_is_awaited(service: LocalService, observe: Any) -> None:
    image = service.image(2)
    slow_builds(service)
    image.build()
    seen = observe(image)
    assert parts(do(image, "3.0")) == ("2.0", "2.0", ("3.0",))
    assert seen == ["2.0", "3.0", "2.0"]


def test_the_timeout_during_a_build_says_what_will_happen(service: LocalService) -> None:
    image = service.image(2)
    slow_builds(service, 600)
    image.build()
    with pytest.raises(WaiterError, match=r"it will become current when it is built$") as caught:
        do(image, "3.0", timeout=10)
    assert "version 3.0 is PENDING, and" in str(caught.value)
    assert image.versions()["2.0"] == ACTIVE


def test_it_waits_while_another_version_is_built(service: LocalService) -> None:
    image = service.image(2)
    slow_builds(service)
    image.build()
    # By then the new version is current.
    assert parts(do(image, "2.0")) == ("2.0", "3.0", ("2.0",))
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE, "3.0": ACTIVE}


def test_nothing_is_awaited_if_nothing_is_to_be_changed(
    service: LocalService, fake_time: Any
) -> None:
    image = service.image(2)
    image.set_status("2.0", INACTIVE)
    slow_builds(service, 600)
    image.build()
    assert do(image, "2.0").now == "1.0"
    assert sum(fake_time.pauses) < 3


@pytest.mark.parametrize("how", [*LOST, *RETRIED])
def test_a_lost_response_is_read_and_counted(how: str, service: LocalService, calls: Any) -> None:
    image = service.image(3)
    calls.lose("UpdateMicrovmImageVersion", how)
    steps: list[ReleaseStep] = []
    assert parts(do(image, "3.0", on_step=steps.append)) == ("3.0", "2.0", ("3.0",))
    assert steps == [ReleaseStep(StepAction.DEACTIVATED, "3.0", confirmed=False)]
    assert image.versions() == {"1.0": ACTIVE, "2.0": ACTIVE, "3.0": INACTIVE}


@pytest.mark.parametrize(
    "failure", [{"error": "ConflictException"}, {"error": "ThrottlingException"}]
)
@pytest.mark.parametrize("operation", ["UpdateMicrovmImageVersion", "ListMicrovmImageVersions"])
def test_a_call_that_is_rejected_for_the_moment_is_made_again(
    failure: dict[str, str], operation: str, service: LocalService
) -> None:
    image = service.image(2)
    # Without Retry-After.
    service.controls.fail_calls(operation=operation, times=2, **failure)
    assert do(image, "2.0").now == "1.0"
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE}


# Get the image, list; get the other version and this one, block; get the image, list, get.
@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 6, 7])
def test_after_a_failure_at_any_read_the_same_call_completes(
    number: int, service: LocalService, calls: Any
) -> None:
    image = service.image(3)
    calls.before(number, lambda: service.controls.fail_calls("InternalServerException"))
    with pytest.raises((ReleaseError, InternalServerException)) as caught:
        do(image, "3.0")
    assert isinstance(caught.value, ReleaseError) == (number > 4)
    assert do(image, "3.0").now == "2.0"
    assert image.versions() == {"1.0": ACTIVE, "2.0": ACTIVE, "3.0": INACTIVE}


# Another process releases the same image.


def interfere(image: LocalImage, version: str, status: str) -> Callable[[object], None]:
    def change(_: object = None) -> None:
        # The service's times have milliseconds.
        image.service.controls.advance_clock(0.001)
        image.set_status(version, status)

    return change


@pytest.mark.parametrize("lagging", [False, True])
def test_the_version_comes_back_if_the_last_other_one_is_taken_away(
    lagging: bool, service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    if lagging:
        service.controls.set_lag("ListMicrovmImageVersions", seconds=2)
    # After 1.0 was read, and before 2.0 is blocked.
    calls.before(4, interfere(image, "1.0", INACTIVE))
    with pytest.raises(ReleaseError) as caught:
        do(image, "2.0")
    assert caught.value.reason == (
        "another process took version 1.0 away, which was the last other one that could start "
        "MicroVMs: 2.0 was activated again"
    )
    assert [str(step) for step in caught.value.steps] == ["DEACTIVATED 2.0", "ACTIVATED 2.0"]
    service.controls.unset_lag()
    assert image.versions() == {"1.0": INACTIVE, "2.0": ACTIVE}


@pytest.mark.parametrize("how", [*LOST, *RETRIED])
def test_the_version_comes_back_although_the_response_to_that_is_lost(
    how: str, service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    calls.before(4, interfere(image, "1.0", INACTIVE))

    def lose(_: ReleaseStep) -> None:
        calls.lose("UpdateMicrovmImageVersion", how)

    with pytest.raises(ReleaseError, match=r"2\.0 was activated again") as caught:
        do(image, "2.0", on_step=lose)
    assert caught.value.steps[-1] == ReleaseStep(StepAction.ACTIVATED, "2.0", confirmed=False)
    assert image.versions() == {"1.0": INACTIVE, "2.0": ACTIVE}


def test_a_version_that_another_process_activates_again_stops_the_job(
    service: LocalService,
) -> None:
    image = service.image(2)
    with pytest.raises(ReleaseError, match=r"another process changed version 2\.0 to ACTIVE"):
        do(image, "2.0", on_step=interfere(image, "2.0", ACTIVE))
    assert image.versions() == {"1.0": ACTIVE, "2.0": ACTIVE}


def test_two_withdrawals_of_different_versions_leave_one_to_start(
    service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    calls.before(4, lambda: image.set_status("2.0", INACTIVE))
    # 1.0 is about to be blocked, when 2.0 is: the only other one.
    with pytest.raises(ReleaseError, match=r"1\.0 was activated again"):
        do(image, "1.0")
    assert image.current() == "1.0"


def test_withdrawing_beside_a_promotion_of_an_older_version(service: LocalService) -> None:
    image = service.image(4)

    def promote_too(_: ReleaseStep) -> None:
        promote(service.client, image_identifier=image.arn, image_version="1.0")

    assert parts(do(image, "4.0", on_step=promote_too)) == ("4.0", "1.0", ("4.0",))


# What the service says is latest.


def test_a_field_that_names_a_blocked_version_is_a_warning(service: LocalService) -> None:
    image = service.image(2)
    events = service.client.boto3_client.meta.events
    event = "before-parse.lambda-microvms.GetMicrovmImage"

    def hold(response_dict: dict[str, Any], **_: Any) -> None:
        response_dict["body"] = response_dict["body"].replace(
            b'"latestActiveImageVersion": "1.0"', b'"latestActiveImageVersion": "2.0"'
        )

    events.register_last(event, hold)
    try:
        with pytest.warns(UserWarning, match=r"is 2\.0, which cannot start MicroVMs") as caught:
            release = do(image, "2.0")
    finally:
        events.unregister(event, hold)
    assert caught[0].filename.endswith("test_withdraw.py")
    assert (release.now, release.latest_active) == ("1.0", "2.0")
