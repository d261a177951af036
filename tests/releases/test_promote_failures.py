"""Promoting while calls fail, responses are lost, and another process releases the image."""

from collections.abc import Callable
from typing import Any

import pytest
from local_image import LOST, RETRIED, LocalImage, LocalService
from release_jobs import activated, deactivated, do_promote, parts

from microvm_sdk.exceptions import (
    InternalServerException,
    ReleaseError,
)
from microvm_sdk.releases import ReleaseStep

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"


def blocked_and_four_versions(service: LocalService) -> LocalImage:
    image = service.image(4)
    image.set_status("1.0", INACTIVE)
    return image


STEPS = (activated("1.0"), deactivated("2.0"), deactivated("3.0"), deactivated("4.0"))
# Four for each step, one more before callers move, and two to verify.
NUMBER_OF_CALLS = 19
CHANGES = (3, 7, 11, 16)


def test_promote_makes_the_expected_number_of_calls(
    service: LocalService, calls: Any, request: pytest.FixtureRequest
) -> None:
    do_promote(blocked_and_four_versions(service), "1.0")
    made = calls.operations
    assert tuple(n for n, name in enumerate(made) if name.startswith("Update")) == CHANGES
    # The field that differs from the listing is read once more.
    assert len(made) == NUMBER_OF_CALLS + ("held" in request.node.name)


@pytest.mark.parametrize("number", sorted(set(range(NUMBER_OF_CALLS)) - set(CHANGES)))
def test_after_a_failure_at_any_read_the_same_call_completes(
    number: int, service: LocalService, calls: Any, observe: Any
) -> None:
    image = blocked_and_four_versions(service)
    seen = observe(image)
    calls.before(number, lambda: service.controls.fail_calls("InternalServerException"))
    reported: list[ReleaseStep] = []
    with pytest.raises((ReleaseError, InternalServerException)) as caught:
        do_promote(image, "1.0", on_step=reported.append)
    error = caught.value
    statuses = image.versions()
    assert [name for name in statuses if statuses[name] == INACTIVE] == (
        [step.image_version for step in reported[1:]] if reported else ["1.0"]
    )
    if reported:
        assert isinstance(error, ReleaseError)
        assert isinstance(error.__cause__, InternalServerException)
        assert error.steps == tuple(reported) == STEPS[: len(reported)]
        assert error.target == "1.0"
        assert error.current in seen
        assert f"Changes made: {', '.join(map(str, reported))}. " in str(error)
    else:
        assert isinstance(error, InternalServerException)
    assert do_promote(image, "1.0", on_step=reported.append).now == "1.0"
    assert tuple(reported) == STEPS
    assert seen == ["4.0", "1.0"]


# Changes whose response does not arrive.


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("times", [1, 3])
def test_change_whose_response_is_lost_is_read_and_counted(
    how: str, times: int, service: LocalService, calls: Any, observe: Any
) -> None:
    image = blocked_and_four_versions(service)
    seen = observe(image)
    calls.lose("UpdateMicrovmImageVersion", how, times)
    reported: list[ReleaseStep] = []
    release = do_promote(image, "1.0", on_step=reported.append)
    assert parts(release) == ("4.0", "1.0", "1.0", ("2.0", "3.0", "4.0"))
    assert reported == [
        ReleaseStep(step.action, step.image_version, confirmed=number >= times)
        for number, step in enumerate(STEPS)
    ]
    assert seen == ["4.0", "1.0"]
    assert set(image.versions().items()) >= {("1.0", ACTIVE), ("4.0", INACTIVE)}


@pytest.mark.parametrize("number", CHANGES)
def test_change_that_failed_on_the_server_is_made_again(
    number: int, service: LocalService, calls: Any, observe: Any
) -> None:
    image = blocked_and_four_versions(service)
    seen = observe(image)
    calls.before(number, lambda: service.controls.fail_calls("InternalServerException"))
    reported: list[ReleaseStep] = []
    assert do_promote(image, "1.0", on_step=reported.append).blocked == ("2.0", "3.0", "4.0")
    step = STEPS[CHANGES.index(number)]
    doubt = ReleaseStep(step.action, step.image_version, confirmed=False)
    assert reported == [
        each
        for step in STEPS
        for each in ([doubt, step] if step == STEPS[CHANGES.index(number)] else [step])
    ]
    assert seen == ["4.0", "1.0"]


def test_lost_response_and_no_further_one_names_the_change_that_may_have_been_made(
    service: LocalService, calls: Any
) -> None:
    image = service.image(3)
    calls.lose("UpdateMicrovmImageVersion", "timed out")
    calls.before(4, lambda: service.controls.fail_calls("InternalServerException"))
    with pytest.raises(ReleaseError) as caught:
        do_promote(image, "1.0")
    assert caught.value.steps == (deactivated("2.0", confirmed=False),)
    assert "Changes made: DEACTIVATED 2.0 (may have been made). " in str(caught.value)
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE, "3.0": ACTIVE}


@pytest.mark.parametrize("how", RETRIED)
def test_answer_to_a_retry_does_not_hide_the_change_that_the_first_request_made(
    how: str, service: LocalService, calls: Any
) -> None:
    image = service.image(3)
    calls.lose("UpdateMicrovmImageVersion", how)
    reported: list[ReleaseStep] = []
    release = do_promote(image, "1.0", on_step=reported.append)
    assert release.blocked == ("2.0", "3.0")
    assert reported == [deactivated("2.0", confirmed=False), deactivated("3.0")]
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE, "3.0": INACTIVE}


# Another process releases the same image.


def interfere(
    image: LocalImage, at: ReleaseStep, version: str, status: str
) -> Callable[[ReleaseStep], None]:
    def on_step(step: ReleaseStep) -> None:
        if step == at:
            # The service's times have milliseconds.
            image.service.controls.advance_clock(0.001)
            image.set_status(version, status)

    return on_step


def test_a_blocked_version_that_becomes_active_again_stops_the_job(service: LocalService) -> None:
    image = service.image(4)
    with pytest.raises(ReleaseError) as caught:
        do_promote(image, "1.0", on_step=interfere(image, deactivated("3.0"), "2.0", ACTIVE))
    assert caught.value.reason.startswith("another process changed version 2.0 to ACTIVE at ")
    assert caught.value.steps == (deactivated("2.0"), deactivated("3.0"))
    assert image.versions() == {"1.0": ACTIVE, "2.0": ACTIVE, "3.0": INACTIVE, "4.0": ACTIVE}


@pytest.mark.parametrize("status", [ACTIVE, INACTIVE])
def test_a_target_that_is_blocked_during_the_job_stops_it(
    status: str, service: LocalService
) -> None:
    image = service.image(4)
    image.set_status("1.0", status)
    with pytest.raises(ReleaseError, match=r"another process changed version 1\.0 to INACTIVE"):
        do_promote(image, "1.0", on_step=interfere(image, deactivated("2.0"), "1.0", INACTIVE))
    assert image.versions() == {"1.0": INACTIVE, "2.0": INACTIVE, "3.0": ACTIVE, "4.0": ACTIVE}


def test_a_target_that_is_blocked_before_the_first_change_is_activated(
    service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    calls.before(1, lambda: image.set_status("1.0", INACTIVE))
    assert do_promote(image, "1.0").activated == "1.0"
