"""Promoting a version, on the local service, verified through plain boto3."""

import pickle
from typing import Any

import pytest
from local_image import LocalImage, LocalService
from release_jobs import activated, deactivated, do_promote, parts

from microvm_sdk.exceptions import (
    ReleaseError,
    ResourceNotFoundException,
    WaiterError,
)
from microvm_sdk.releases import ReleaseStep, promote

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"


def test_versions_are_compared_as_numbers(service: LocalService, observe: Any) -> None:
    image = service.image(11)
    seen = observe(image)
    steps: list[ReleaseStep] = []
    currents: list[str | None] = []

    def on_step(step: ReleaseStep) -> None:
        steps.append(step)
        currents.append(image.current())

    release = do_promote(image, "8.0", on_step=on_step)
    assert parts(release) == ("11.0", "8.0", None, ("9.0", "10.0", "11.0"))
    assert steps == [deactivated("9.0"), deactivated("10.0"), deactivated("11.0")]
    assert currents == ["11.0", "11.0", "8.0"]
    assert seen == ["11.0", "8.0"]
    statuses = image.versions()
    assert [name for name in statuses if statuses[name] == INACTIVE] == ["9.0", "10.0", "11.0"]


def test_versions_that_were_blocked_can_be_promoted_again(
    service: LocalService, observe: Any
) -> None:
    image = service.image(11)
    seen = observe(image)
    do_promote(image, "8.0")
    release = do_promote(image, "10.0")
    assert parts(release) == ("8.0", "10.0", "10.0", ())
    assert seen == ["11.0", "8.0", "10.0"]
    assert do_promote(image, "11").activated == "11.0"
    assert seen == ["11.0", "8.0", "10.0", "11.0"]
    assert image.versions()["9.0"] == INACTIVE


def test_callers_move_once_although_the_target_is_blocked(
    service: LocalService, observe: Any
) -> None:
    image = service.image(5)
    image.set_status("2.0", INACTIVE)
    seen = observe(image)
    release = do_promote(image, "2.0")
    assert (release.activated, release.blocked) == ("2.0", ("3.0", "4.0", "5.0"))
    assert seen == ["5.0", "2.0"]


def test_the_only_version_is_activated_if_it_was_blocked(
    service: LocalService, observe: Any
) -> None:
    image = service.image()
    image.set_status("1.0", INACTIVE)
    seen = observe(image)
    release = do_promote(image, "1")
    assert (release.before, release.now, release.activated) == (None, "1.0", "1.0")
    assert seen == [None, "1.0"]


def test_promoting_a_second_time_changes_nothing(service: LocalService, calls: Any) -> None:
    image = service.image(3)
    do_promote(image, "1")
    before = {name: image.version(name)["updatedAt"] for name in image.versions()}
    calls.operations.clear()
    assert parts(do_promote(image, "1.0")) == ("1.0", "1.0", None, ())
    reading = ["GetMicrovmImage", "ListMicrovmImageVersions", "GetMicrovmImageVersion"]
    assert calls.operations == reading * 2
    assert {name: image.version(name)["updatedAt"] for name in image.versions()} == before


def test_newer_versions_on_several_pages_are_blocked(
    service: LocalService, calls: Any, observe: Any
) -> None:
    image = service.image(4)
    seen = observe(image)
    calls.on(
        "provide-client-params",
        lambda params, **_: params.update(maxResults=1),
        "ListMicrovmImageVersions",
    )
    assert do_promote(image, "1.0").blocked == ("2.0", "3.0", "4.0")
    assert seen == ["4.0", "1.0"]


@pytest.mark.parametrize("version", ["3.0", "0.0", "2.1"])
def test_a_version_that_does_not_exist_is_refused(
    version: str, service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    with pytest.raises(ReleaseError) as caught:
        do_promote(image, version)
    error = caught.value
    assert error.reason == f"version {version} does not exist; there are 1.0, 2.0"
    assert (error.target, error.steps, error.current) == (version, (), "2.0")
    assert (error.image_arn, error.job_name) == (image.arn, "promote")
    # A version that was just created may be missing from a listing for a moment.
    assert calls.operations.count("ListMicrovmImageVersions") == 3
    assert set(image.versions().values()) == {ACTIVE}


def test_a_failed_version_is_refused(service: LocalService) -> None:
    image = service.image()
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    assert image.current() == "1.0"
    with pytest.raises(ReleaseError, match=r"version 2\.0 is FAILED"):
        do_promote(image, "2.0")
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE}


def test_a_failed_newer_version_is_not_changed(service: LocalService) -> None:
    image = service.image(2)
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    assert do_promote(image, "1.0").blocked == ("2.0",)
    assert image.version("3.0")["state"] == "FAILED"


def slow_builds(service: LocalService) -> None:
    service.set_pace("build", {"progression": "time", "seconds": 30})


def test_a_version_that_is_being_built_is_awaited(service: LocalService, observe: Any) -> None:
    image = service.image(2)
    slow_builds(service)
    image.build()
    seen = observe(image)
    assert parts(do_promote(image, "3.0")) == ("2.0", "3.0", None, ())
    assert seen == ["2.0", "3.0"]


def test_a_version_whose_build_fails_meanwhile_is_refused(service: LocalService) -> None:
    image = service.image()
    slow_builds(service)
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    with pytest.raises(ReleaseError, match=r"version 2\.0 is FAILED"):
        do_promote(image, "2.0")
    assert image.current() == "1.0"


def test_the_version_that_a_build_adds_meanwhile_is_blocked_too(
    service: LocalService, observe: Any
) -> None:
    image = service.image(3)
    slow_builds(service)
    image.build()
    seen = observe(image)
    assert do_promote(image, "1.0").blocked == ("2.0", "3.0", "4.0")
    # It is the service that moves callers to a version that was just built.
    assert seen == ["3.0", "4.0", "1.0"]


@pytest.mark.parametrize("last_step", ["2.0", "3.0"])
def test_the_version_of_a_build_that_begins_during_the_job_is_blocked(
    last_step: str, service: LocalService, observe: Any
) -> None:
    image = service.image(3)
    seen = observe(image)

    def build(step: ReleaseStep) -> None:
        if step == deactivated(last_step):
            slow_builds(service)
            image.build()

    assert do_promote(image, "1.0", on_step=build).blocked == ("2.0", "3.0", "4.0")
    assert seen[-2:] == ["4.0", "1.0"]
    assert "2.0" not in seen
    assert None not in seen


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("ConflictException", "MicroVM Image is already in state: UPDATING"),
        ("ValidationException", "Cannot update MicroVM image in its current state: arn"),
    ],
)
def test_a_change_is_tried_again_while_the_image_is_busy(
    error: str, message: str, service: LocalService, observe: Any, fake_time: Any
) -> None:
    image = service.image(3)
    seen = observe(image)
    service.controls.fail_calls(error, "UpdateMicrovmImageVersion", times=2, message=message)
    assert do_promote(image, "1.0").blocked == ("2.0", "3.0")
    assert seen == ["3.0", "1.0"]
    assert fake_time.pauses[:2] == [0.2, 0.3]


@pytest.mark.parametrize("operation", ["GetMicrovmImage", "UpdateMicrovmImageVersion"])
def test_a_throttled_call_is_tried_again_when_the_service_allows(
    operation: str, service: LocalService, fake_time: Any
) -> None:
    image = service.image(2)
    service.controls.throttle(operation, retry_after=7)
    assert do_promote(image, "1.0").now == "1.0"
    assert fake_time.pauses[0] == 7


def test_timing_out_before_the_first_change_is_a_waiter_error(service: LocalService) -> None:
    image = service.image(2)
    slow_builds(service)
    image.build()
    with pytest.raises(WaiterError, match=r"^promote .* the image is UPDATING$") as caught:
        do_promote(image, "1.0", timeout=10, poll_interval=3)
    assert caught.value.timed_out
    assert caught.value.last_state == "UPDATING"
    assert image.versions() == {"1.0": ACTIVE, "2.0": ACTIVE, "3.0": INACTIVE}


def test_timing_out_after_a_change_names_the_changes(service: LocalService) -> None:
    image = service.image(3)

    def build(_: ReleaseStep) -> None:
        slow_builds(service)
        image.build()

    with pytest.raises(ReleaseError) as caught:
        do_promote(image, "1.0", timeout=10, on_step=build)
    assert str(caught.value) == (
        f"promote ({image.arn}, version 1.0): timed out after 10 seconds: the image is UPDATING. "
        "Changes made: DEACTIVATED 2.0. Current version as last read: 3.0."
    )
    assert isinstance(caught.value.__cause__, WaiterError)


def test_a_job_that_never_waits_succeeds_with_a_timeout_of_zero(service: LocalService) -> None:
    assert do_promote(service.image(3), "1.0", timeout=0).blocked == ("2.0", "3.0")


def test_an_image_that_does_not_exist_is_an_error(service: LocalService) -> None:
    image = LocalImage(service, service.image().arn + "-other")
    with pytest.raises(ResourceNotFoundException):
        do_promote(image, "1.0")


def test_an_image_that_is_being_deleted_is_refused(service: LocalService) -> None:
    image = service.image(2)
    service.set_pace("deletion", {"progression": "time", "seconds": 30})
    service.boto3.delete_microvm_image(imageIdentifier=image.arn)
    with pytest.raises(ReleaseError, match="the image is DELETING"):
        do_promote(image, "1.0")


@pytest.mark.parametrize(
    "version", ["", "latest", "v8", "8.0.0", "8.", ".8", "8.x", "08.0", "8.00", " 8.0", "-1.0", "٨"]
)
def test_other_forms_of_a_version_are_refused_before_any_call(
    version: str, service: LocalService, calls: Any
) -> None:
    with pytest.raises(ValueError, match="image_version must have the form"):
        promote(service.client, image_identifier=ARN, image_version=version)
    assert calls.operations == []


@pytest.mark.parametrize("version", [8, 1.1, None])
def test_a_number_is_not_a_version(version: Any, service: LocalService) -> None:
    with pytest.raises(TypeError, match=r"image_version must be a string such as '8\.0'"):
        promote(service.client, image_identifier=ARN, image_version=version)


@pytest.mark.parametrize("arguments", [{"timeout": -1}, {"poll_interval": 0}])
def test_the_pace_is_validated_before_any_call(
    arguments: dict[str, Any], service: LocalService, calls: Any
) -> None:
    with pytest.raises(ValueError, match="must be"):
        promote(service.client, image_identifier=ARN, image_version="1.0", **arguments)
    assert calls.operations == []


class StopError(Exception):
    """What a caller raises to stop a job."""


def test_on_step_can_stop_the_job(service: LocalService) -> None:
    image = service.image(3)

    def stop(_: ReleaseStep) -> None:
        raise StopError

    with pytest.raises(ReleaseError) as caught:
        do_promote(image, "1.0", on_step=stop)
    assert isinstance(caught.value.__cause__, StopError)
    assert caught.value.steps == (deactivated("2.0"),)
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE, "3.0": ACTIVE}


def test_an_interruption_passes_through(service: LocalService) -> None:
    image = service.image(3)

    def stop(_: ReleaseStep) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do_promote(image, "1.0", on_step=stop)
    assert image.current() == "3.0"


def test_the_target_is_checked_again_before_callers_move(
    service: LocalService, calls: Any, observe: Any
) -> None:
    image = service.image(2)
    seen = observe(image)
    # After the listing, and before the last version is blocked.
    calls.before(2, lambda: image.set_status("1.0", INACTIVE))
    release = do_promote(image, "1.0")
    assert (release.activated, release.blocked) == ("1.0", ("2.0",))
    assert seen == ["2.0", "1.0"]


# After the listing, and after the version was read.
@pytest.mark.parametrize("moment", [2, 3])
def test_a_newer_version_that_was_deleted_meanwhile_is_skipped(
    moment: int, service: LocalService, calls: Any
) -> None:
    image = service.image(3)

    def delete() -> None:
        service.boto3.delete_microvm_image_version(imageIdentifier=image.arn, imageVersion="2.0")
        image.current()

    calls.before(moment, delete)
    assert do_promote(image, "1.0").blocked == ("3.0",)
    assert image.versions() == {"1.0": ACTIVE, "3.0": INACTIVE}


def test_an_error_pickles_with_its_steps() -> None:
    error = ReleaseError(
        "promote", "busy", image_arn="arn", target="1.0", steps=[activated("1.0")], current=None
    )
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  The test made the pickle.
    assert str(copy) == str(error)
    assert (copy.steps, copy.target, copy.current) == ((activated("1.0"),), "1.0", None)
