"""Releases while Get and List lag behind changes, verified through plain boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_image import LocalImage, LocalService

from microvm_sdk.exceptions import ReleaseError
from microvm_sdk.releases import (
    KeepReason,
    KeptVersion,
    Pruned,
    ReleaseStep,
    StepAction,
    plan_prune,
    promote,
    prune,
    withdraw,
)

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
LAGS: dict[str, dict[str, Any]] = {
    "everything by reads": {"reads": 3},
    "listings by time": {"operation": "ListMicrovmImageVersions", "seconds": 2},
}


@pytest.fixture(params=LAGS.values(), ids=LAGS.keys())
def lag(request: pytest.FixtureRequest, service: LocalService) -> Callable[[], None]:
    """Make reads lag behind changes from now on."""
    lag: dict[str, Any] = request.param
    return lambda: service.controls.set_lag(**lag)


class Callers:
    """Callers who name no version. Launches do not lag."""

    def __init__(self, image: LocalImage) -> None:
        self._image = image
        self.moves: list[str | None] = [self.version()]

    def version(self) -> str | None:
        try:
            microvm = self._image.boto3.run_microvm(imageIdentifier=self._image.arn)
        except ClientError:
            return None
        return str(microvm["imageVersion"])

    def record(self, *_: object, **__: object) -> None:
        version = self.version()
        if version != self.moves[-1]:
            self.moves.append(version)


@pytest.fixture
def callers(calls: Any) -> Callable[[LocalImage], Callers]:
    def callers(image: LocalImage) -> Callers:
        found = Callers(image)
        calls.on("after-call", found.record)
        return found

    return callers


def test_callers_move_once_for_each_release(
    lag: Callable[[], None], service: LocalService, callers: Any
) -> None:
    image = service.image(5)
    lag()
    moves = callers(image).moves
    arguments: dict[str, Any] = {"client": service.client, "image_identifier": image.arn}
    assert promote(**arguments, image_version="2.0").blocked == ("3.0", "4.0", "5.0")
    assert promote(**arguments, image_version="4.0").activated == "4.0"
    again = promote(**arguments, image_version="4.0")
    assert (again.activated, again.blocked) == (None, ())
    for _ in range(2):
        assert withdraw(**arguments, image_version="4.0").now == "2.0"
    assert promote(**arguments, image_version="1").now == "1.0"
    assert moves == ["5.0", "2.0", "4.0", "2.0", "1.0"]
    service.controls.unset_lag()
    assert [name for name, status in image.versions().items() if status == ACTIVE] == ["1.0"]


def test_the_version_of_a_build_during_the_job_is_blocked(
    lag: Callable[[], None], service: LocalService, callers: Any
) -> None:
    image = service.image(3)
    lag()
    moves = callers(image).moves

    def build(step: ReleaseStep) -> None:
        if step.image_version == "2.0":
            service.set_pace("build", {"progression": "time", "seconds": 30})
            service.boto3.update_microvm_image(imageIdentifier=image.arn, **settings(image))

    release = promote(
        service.client, image_identifier=image.arn, image_version="1.0", on_step=build
    )
    assert release.blocked == ("2.0", "3.0", "4.0")
    assert moves[-1] == "1.0"
    assert not set(moves) & {"2.0", None}


def settings(image: LocalImage) -> dict[str, Any]:
    version = image.version("1.0")
    return {name: version[name] for name in ("baseImageArn", "buildRoleArn", "codeArtifact")}


@pytest.mark.parametrize("reads", [1, 2])
def test_a_version_whose_build_just_began_is_promoted(reads: int, service: LocalService) -> None:
    image = service.image()
    service.controls.set_lag(reads=reads)
    service.set_pace("build", {"progression": "time", "seconds": 30})
    service.boto3.update_microvm_image(imageIdentifier=image.arn, **settings(image))
    release = promote(service.client, image_identifier=image.arn, image_version="2.0")
    assert (release.before, release.now) == ("1.0", "2.0")


def test_a_change_by_somebody_else_stops_the_job(
    lag: Callable[[], None], service: LocalService
) -> None:
    image = service.image(4)
    lag()

    def activate(step: ReleaseStep) -> None:
        if step.image_version == "3.0":
            service.controls.advance_clock(0.001)
            image.set_status("2.0", ACTIVE)

    with pytest.raises(ReleaseError, match=r"another process changed version 2\.0 to ACTIVE"):
        promote(service.client, image_identifier=image.arn, image_version="1.0", on_step=activate)


def test_a_block_right_before_the_job_is_not_mistaken_for_another_releaser(
    lag: Callable[[], None], service: LocalService
) -> None:
    image = service.image(3)
    lag()
    image.set_status("1.0", INACTIVE)
    service.controls.advance_clock(0.001)
    release = promote(service.client, image_identifier=image.arn, image_version="1.0")
    assert (release.activated, release.blocked) == ("1.0", ("2.0", "3.0"))
    service.controls.unset_lag()
    assert image.current() == "1.0"


def test_pruning_deletes_the_planned_versions(
    lag: Callable[[], None], service: LocalService, callers: Any
) -> None:
    image = service.image(6)
    lag()
    moves = callers(image).moves
    plan = plan_prune(service.client, image_identifier=image.arn, keep=2)
    image.run("1.0")
    # Launches that a listing does not show yet are the reason not to prune right after them.
    for _ in range(3):
        service.boto3.list_microvms(imageIdentifier=image.arn)
    service.controls.advance_clock(3)
    pruned = prune(service.client, plan)
    assert pruned == Pruned(
        deleted=("2.0", "3.0", "4.0"),
        skipped=(KeptVersion(image_version="1.0", reason=KeepReason.IN_USE),),
    )
    assert moves == ["6.0"]
    service.controls.unset_lag()
    assert image.versions() == {"1.0": ACTIVE, "5.0": ACTIVE, "6.0": ACTIVE}


def test_versions_that_somebody_else_pruned_are_deleted_or_skipped(
    lag: Callable[[], None], service: LocalService
) -> None:
    image = service.image(4)
    plan = plan_prune(service.client, image_identifier=image.arn, keep=1)
    lag()
    service.boto3.delete_microvm_image_version(imageIdentifier=image.arn, imageVersion="2.0")
    pruned = prune(service.client, plan)
    assert set(pruned.deleted) | {kept.image_version for kept in pruned.skipped} == {
        "1.0",
        "2.0",
        "3.0",
    }
    service.controls.unset_lag()
    assert image.versions() == {"4.0": ACTIVE}


def test_pruning_keeps_the_last_version_that_can_start(service: LocalService, calls: Any) -> None:
    """Another process has just withdrawn the newer one, and no read shows it yet."""
    for seconds in (0.5, 2):
        service.reset()
        image = service.image(2)
        plan = plan_prune(service.client, image_identifier=image.arn, keep=1)
        service.controls.set_lag(seconds=seconds)
        image.set_status("2.0", INACTIVE)
        calls.operations.clear()
        pruned = prune(service.client, plan)
        assert pruned.deleted == ()
        # Reads that lag by less than the pause between two readings cause no change at all.
        assert ("UpdateMicrovmImageVersion" in calls.operations) == (seconds > 1)
        assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE}


def test_pruning_does_not_block_what_was_blocked_before(service: LocalService) -> None:
    image = service.image(2)
    plan = plan_prune(service.client, image_identifier=image.arn, keep=1)
    service.controls.set_lag("ListMicrovmImageVersions", reads=2)
    image.set_status("1.0", INACTIVE)
    steps: list[ReleaseStep] = []
    assert prune(service.client, plan, on_step=steps.append).deleted == ("1.0",)
    assert steps == [
        ReleaseStep(StepAction.DELETING, "1.0"),
        ReleaseStep(StepAction.DELETED, "1.0"),
    ]


def test_pruning_does_not_move_callers_because_a_listing_lags(service: LocalService) -> None:
    """Another process moves callers to an old version while 2.0 is blocked to be deleted."""
    image = service.image(3)
    image.set_status("1.0", INACTIVE)
    plan = plan_prune(service.client, image_identifier=image.arn, keep=1, protect=["1.0"])
    service.controls.set_lag("ListMicrovmImageVersions", seconds=2)

    def release(step: ReleaseStep) -> None:
        if step == ReleaseStep(StepAction.DEACTIVATED, "2.0"):
            image.set_status("3.0", INACTIVE)
            service.controls.advance_clock(5)
            image.set_status("1.0", ACTIVE)

    pruned = prune(service.client, plan, on_step=release)
    assert pruned.skipped == (KeptVersion(image_version="2.0", reason=KeepReason.LEFT_INACTIVE),)
    assert image.versions() == {"1.0": ACTIVE, "2.0": INACTIVE, "3.0": INACTIVE}
