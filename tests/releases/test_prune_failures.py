"""Pruning while calls fail, responses are lost, and other processes interfere."""

from contextlib import suppress
from typing import Any

import pytest
from local_image import HELD, LOST, RETRIED, LocalService
from release_jobs import apply, deletion, names, plan, skipped

from microvm_sdk.exceptions import (
    InternalServerException,
    ReleaseError,
)
from microvm_sdk.releases import (
    KeepReason,
    Pruned,
    ReleaseStep,
    StepAction,
)

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"


# Get the image, list its versions and MicroVMs, get the current version and this one, all that
# twice, block it; the same twice again, list once more, delete; get the version.
READS = [*range(10), *range(11, 22), 23]


@pytest.mark.parametrize("number", READS)
def test_after_a_failure_at_any_read_the_same_plan_completes(
    number: int, service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    found = plan(image, keep=1)
    calls.operations.clear()
    calls.before(number, lambda: service.controls.fail_calls("InternalServerException"))
    reported: list[ReleaseStep] = []
    with pytest.raises((ReleaseError, InternalServerException)) as caught:
        apply(image, found, on_step=reported.append)
    error = caught.value
    assert len(calls.operations) == number + 1
    assert isinstance(error, ReleaseError) == bool(reported)
    if isinstance(error, ReleaseError):
        assert (error.job_name, error.target, error.current) == ("prune", "1.0", "2.0")
        assert error.steps == tuple(reported)
        assert isinstance(error.__cause__, InternalServerException)
    again = apply(image, found, on_step=reported.append)
    assert reported[:2] == [
        ReleaseStep(StepAction.DEACTIVATED, "1.0"),
        ReleaseStep(StepAction.DELETING, "1.0"),
    ]
    assert again in (
        Pruned(deleted=("1.0",), skipped=()),
        Pruned(deleted=(), skipped=skipped(_1_0=KeepReason.GONE)),
    )
    assert image.versions() == {"2.0": ACTIVE}


# Changes whose response does not arrive.


@pytest.mark.parametrize("how", [*LOST, *RETRIED])
@pytest.mark.parametrize("operation", ["UpdateMicrovmImageVersion", "DeleteMicrovmImageVersion"])
def test_a_lost_response_does_not_hide_a_deletion(
    operation: str, how: str, service: LocalService, calls: Any
) -> None:
    image = service.image(3)
    found = plan(image, keep=1)
    calls.lose(operation, how)
    reported: list[ReleaseStep] = []
    assert apply(image, found, on_step=reported.append) == Pruned(deleted=names(1, 2), skipped=())
    assert image.versions() == {"3.0": ACTIVE}
    doubtful = [step.action for step in reported if not step.confirmed]
    expected = "DEACTIVATED" if operation.startswith("Update") else "DELETING"
    assert doubtful == [expected]
    assert [step for step in reported if step.action is StepAction.DELETED] == [
        deletion("1.0")[1],
        deletion("2.0")[1],
    ]


def test_a_timeout_does_not_claim_that_the_version_is_deleted(service: LocalService) -> None:
    image = service.image(2)
    service.set_pace("deletion", {"progression": "time", "seconds": 100})
    with pytest.raises(ReleaseError) as caught:
        apply(image, plan(image, keep=1), timeout=10)
    assert caught.value.reason == "timed out after 10 seconds: version 1.0 is DELETING"
    assert "Changes made: DEACTIVATED 1.0, DELETING 1.0. " in str(caught.value)


# Other processes, at the worst moment.


@pytest.mark.parametrize("service", [HELD], indirect=True)
@pytest.mark.parametrize("call", range(23))
@pytest.mark.parametrize(
    ("other", "lagging"),
    [
        ("goes back", False),
        ("goes back", True),
        ("blocks the current", False),
        ("deletes the current", False),
    ],
)
def test_the_only_version_that_can_start_is_never_deleted(
    other: str, call: int, lagging: bool, service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    found = plan(image, keep=1)
    calls.operations.clear()
    if lagging:
        service.controls.set_lag("ListMicrovmImageVersions", seconds=2)

    def interfere() -> None:
        service.controls.advance_clock(0.001)
        if other == "goes back":
            image.set_status("1.0", ACTIVE)
            image.set_status("2.0", INACTIVE)
        elif other == "blocks the current":
            image.set_status("2.0", INACTIVE)
        else:
            service.boto3.delete_microvm_image_version(
                imageIdentifier=image.arn, imageVersion="2.0"
            )
            image.current()

    calls.before(call, interfere)
    pruned: Pruned | None = None
    # Without the last version, there is nothing left to wait for.
    with suppress(ReleaseError):
        pruned = apply(image, found)
    service.controls.unset_lag()
    versions = image.versions()
    if "1.0" in versions:
        assert versions["1.0"] == ACTIVE
        assert pruned is None or pruned.deleted == ()
    else:
        # The window of one call, between the last read and the deletion. A listing that lags does
        # not show what happens after the current version, or this one, was read.
        assert call == 22 or (lagging and call >= 20)
        assert pruned == Pruned(deleted=("1.0",), skipped=())


def test_a_version_that_stays_blocked_says_so(service: LocalService) -> None:
    image = service.image(3)
    image.set_status("1.0", INACTIVE)
    found = plan(image, keep=1).model_copy(update={"delete": ("2.0",)})

    def go_back(_: ReleaseStep) -> None:
        image.set_status("1.0", ACTIVE)
        image.set_status("3.0", INACTIVE)

    pruned = apply(image, found, on_step=go_back)
    # To activate 2.0 again would move callers from 1.0, which somebody has just chosen.
    assert pruned.skipped == skipped(_2_0=KeepReason.LEFT_INACTIVE)
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE, "3.0": INACTIVE}
