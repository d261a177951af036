"""Rolling back, on the local service over HTTP, verified through plain boto3."""

from typing import Any

import pytest
from local_image import LocalImage, LocalService

from microvm_sdk.exceptions import InternalServerException, ReleaseError
from microvm_sdk.releases import Release, ReleaseStep, StepAction

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"


def do(image: LocalImage, to: str | None = None, **arguments: Any) -> Release:
    client = image.service.client
    return roll_back(client, image_identifier=image.arn, to=to, **arguments)


def test_it_rolls_back_to_the_newest_version_below_the_current_one(
    service: LocalService, observe: Any
) -> None:
    image = service.image(11)
    seen = observe(image)
    assert do(image) == Release(
        image_arn=image.arn, before="11.0", now="10.0", activated=None, blocked=("11.0",)
    )
    assert seen == ["11.0", "10.0"]


def test_versions_that_are_blocked_or_failed_are_skipped(service: LocalService) -> None:
    image = service.image(3)
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    image.build()
    image.current()
    image.set_status("3.0", INACTIVE)
    assert do(image).now == "2.0"
    assert image.current() == "2.0"


def test_it_rolls_back_to_a_named_version(service: LocalService, observe: Any) -> None:
    image = service.image(11)
    seen = observe(image)
    assert do(image, "8").blocked == ("9.0", "10.0", "11.0")
    assert seen == ["11.0", "8.0"]


def test_a_named_version_that_is_blocked_is_activated(service: LocalService, observe: Any) -> None:
    image = service.image(3)
    image.set_status("1.0", INACTIVE)
    seen = observe(image)
    assert do(image, "1.0").activated == "1.0"
    assert seen == ["3.0", "1.0"]


def test_a_named_version_can_be_repeated(service: LocalService) -> None:
    image = service.image(3)
    do(image, "1.0")
    again = do(image, "1.0")
    assert (again.before, again.now, again.blocked) == ("1.0", "1.0", ())


def test_a_newer_version_is_refused(service: LocalService) -> None:
    image = service.image(3)
    do(image, "1.0")
    with pytest.raises(ReleaseError, match=r"2\.0 is newer than the current version"):
        do(image, "2.0")
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE, "3.0": INACTIVE}


def test_the_target_is_chosen_before_any_wait(service: LocalService, observe: Any) -> None:
    image = service.image(2)
    # 2.0 is broken, and 3.0 is being built to replace it.
    service.set_pace("build", {"progression": "time", "seconds": 30})
    image.build()
    seen = observe(image)
    assert do(image) == Release(
        image_arn=image.arn, before="2.0", now="1.0", activated=None, blocked=("2.0", "3.0")
    )
    # It is the service that moves callers to a version that was just built.
    assert seen == ["2.0", "3.0", "1.0"]


def test_error_without_a_version_to_go_back_to_names_the_blocked_ones(
    service: LocalService,
) -> None:
    image = service.image(4)
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    image.current()
    for version in ("1.0", "2.0", "3.0"):
        image.set_status(version, INACTIVE)
    before = image.versions()
    with pytest.raises(ReleaseError) as caught:
        do(image)
    assert caught.value.reason == (
        "no version below 4.0 can start MicroVMs. Blocked are 1.0, 2.0, 3.0: "
        "name one of them to go back to it"
    )
    assert (caught.value.target, caught.value.steps) == (None, ())
    assert image.versions() == before


def test_an_image_with_one_version_cannot_be_rolled_back(service: LocalService) -> None:
    with pytest.raises(ReleaseError) as caught:
        do(service.image())
    assert caught.value.reason == "no version below 1.0 can start MicroVMs"


def test_without_a_current_version_the_target_must_be_named(service: LocalService) -> None:
    image = service.image(2)
    for version in ("1.0", "2.0"):
        image.set_status(version, INACTIVE)
    with pytest.raises(ReleaseError) as caught:
        do(image)
    assert caught.value.reason == (
        "no version is current. Blocked are 1.0, 2.0: name one of them to go back to it"
    )
    assert do(image, "1.0").activated == "1.0"


def test_a_failed_verification_is_completed_with_the_same_target(
    service: LocalService, calls: Any, observe: Any
) -> None:
    image = service.image(3)
    seen = observe(image)

    def fail(_: ReleaseStep) -> None:
        service.controls.fail_calls("InternalServerException", "GetMicrovmImage")

    # Plain boto3 must not be the one that fails.
    calls.close()
    with pytest.raises(ReleaseError) as caught:
        do(image, on_step=fail)
    error = caught.value
    assert isinstance(error.__cause__, InternalServerException)
    assert error.target == "2.0"
    assert error.steps == (ReleaseStep(StepAction.DEACTIVATED, "3.0"),)
    assert "roll_back" in str(error)
    assert image.current() == "2.0"
    # It does not go back a second time.
    assert do(image, error.target).blocked == ()
    assert image.current() == "2.0"
    assert seen[0] == "3.0"


def test_without_a_target_a_second_call_goes_back_further(service: LocalService) -> None:
    image = service.image(3)
    assert [do(image).now, do(image).now] == ["2.0", "1.0"]


def test_other_forms_of_a_version_are_refused_before_any_call(
    service: LocalService, calls: Any
) -> None:
    with pytest.raises(ValueError, match="to must have the form"):
        roll_back(service.client, image_identifier="a", to="previous")
    assert calls.operations == []
