"""Pruning on the local service, verified through plain boto3."""

from typing import Any

import pytest
from local_image import LocalService
from release_jobs import apply, deletion, names, plan, reasons, skipped

from microvm_sdk.exceptions import (
    ConflictException,
    ReleaseError,
    WaiterError,
)
from microvm_sdk.releases import (
    KeepReason,
    Pruned,
    ReleaseStep,
    StepAction,
    promote,
    withdraw,
)

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"


def test_versions_are_blocked_then_deleted_one_after_the_other(
    service: LocalService, observe: Any
) -> None:
    image = service.image(5)
    image.set_status("2.0", INACTIVE)
    seen = observe(image)
    steps: list[ReleaseStep] = []
    pruned = apply(image, plan(image, keep=2), on_step=steps.append)
    assert pruned == Pruned(deleted=names(1, 2, 3), skipped=())
    assert steps == [
        ReleaseStep(StepAction.DEACTIVATED, "1.0"),
        *deletion("1.0"),
        *deletion("2.0"),
        ReleaseStep(StepAction.DEACTIVATED, "3.0"),
        *deletion("3.0"),
    ]
    assert image.versions() == {"4.0": ACTIVE, "5.0": ACTIVE}
    assert seen == ["5.0"]


def test_a_deletion_is_awaited_before_the_next_begins(
    service: LocalService, fake_time: Any
) -> None:
    image = service.image(3)
    service.set_pace("deletion", {"progression": "time", "seconds": 4})
    pruned = apply(image, plan(image, keep=1))
    assert pruned.deleted == names(1, 2)
    assert image.versions() == {"3.0": ACTIVE}
    assert sum(fake_time.pauses) >= 8


def test_versions_on_several_pages_are_planned_and_pruned(
    service: LocalService, calls: Any
) -> None:
    image = service.image(50)
    for operation in ("ListMicrovmImageVersions", "ListMicrovms"):
        calls.on(
            "provide-client-params", lambda params, **_: params.update(maxResults=20), operation
        )
    for version in ("1.0", "1.0", "48.0"):
        image.run(version)
    found = plan(image)
    assert found.delete == names(*range(2, 46))
    assert reasons(found)["1.0"] == "IN_USE"
    pruned = apply(image, found.model_copy(update={"delete": found.delete[-3:]}))
    assert pruned.deleted == names(43, 44, 45)
    assert len(image.versions()) == 47


def test_a_version_that_is_launched_after_the_plan_is_skipped(service: LocalService) -> None:
    image = service.image(3)
    found = plan(image, keep=1)
    image.run("1.0")
    assert apply(image, found) == Pruned(deleted=("2.0",), skipped=skipped(_1_0=KeepReason.IN_USE))
    assert image.versions() == {"1.0": ACTIVE, "3.0": ACTIVE}


def test_a_version_that_is_launched_while_it_is_blocked_is_activated_again(
    service: LocalService, observe: Any
) -> None:
    image = service.image(3)
    found = plan(image, keep=1, protect=["2.0"])
    seen = observe(image)
    steps: list[ReleaseStep] = []

    def launch(step: ReleaseStep) -> None:
        steps.append(step)
        if len(steps) == 1:
            image.set_status("1.0", ACTIVE)
            image.run("1.0")
            image.set_status("1.0", INACTIVE)

    pruned = apply(image, found, on_step=launch)
    assert pruned == Pruned(deleted=(), skipped=skipped(_1_0=KeepReason.IN_USE))
    assert steps == [
        ReleaseStep(StepAction.DEACTIVATED, "1.0"),
        ReleaseStep(StepAction.ACTIVATED, "1.0"),
    ]
    assert image.versions() == {"1.0": ACTIVE, "2.0": ACTIVE, "3.0": ACTIVE}
    assert seen == ["3.0"]


def test_a_blocked_version_that_is_in_use_stays_blocked(service: LocalService) -> None:
    image = service.image(2)
    image.run("1.0")
    image.set_status("1.0", INACTIVE)
    found = plan(image, keep=1)
    assert reasons(found)["1.0"] == "IN_USE"
    forced = found.model_copy(update={"delete": ("1.0",), "kept": ()})
    assert apply(image, forced).skipped == skipped(_1_0=KeepReason.IN_USE)
    assert image.versions()["1.0"] == INACTIVE


def test_versions_that_a_later_rollback_needs_are_skipped(service: LocalService) -> None:
    image = service.image(11)
    found = plan(image, keep=2)
    assert found.delete == names(*range(1, 10))
    promote(service.client, image_identifier=image.arn, image_version="8.0")
    pruned = apply(image, found)
    assert pruned.deleted == names(1, 2, 3, 4, 5, 6)
    assert pruned.skipped == skipped(
        _7_0=KeepReason.NEWEST, _8_0=KeepReason.CURRENT, _9_0=KeepReason.NEWER
    )
    assert list(image.versions()) == [*names(7, 8, 9, 10, 11)]
    # It is still possible to go back further.
    assert withdraw(service.client, image_identifier=image.arn, image_version="8").now == "7.0"


def test_a_version_that_becomes_current_while_it_is_pruned_is_skipped(
    service: LocalService, observe: Any
) -> None:
    image = service.image(4)
    found = plan(image, keep=1)
    seen = observe(image)

    def go_back(step: ReleaseStep) -> None:
        if step == ReleaseStep(StepAction.DEACTIVATED, "2.0"):
            promote(service.client, image_identifier=image.arn, image_version="2.0")

    pruned = apply(image, found, on_step=go_back)
    assert pruned == Pruned(
        deleted=("1.0",),
        skipped=skipped(_2_0=KeepReason.CURRENT, _3_0=KeepReason.NEWER),
    )
    assert seen == ["4.0", "2.0"]


def test_callers_do_not_move_to_a_version_that_pruning_blocked(
    service: LocalService, observe: Any
) -> None:
    image = service.image(4)
    found = plan(image, keep=1)
    seen = observe(image)

    def go_back(step: ReleaseStep) -> None:
        if step == ReleaseStep(StepAction.DEACTIVATED, "3.0"):
            image.build()
            service.boto3.get_microvm_image(imageIdentifier=image.arn)
            promote(service.client, image_identifier=image.arn, image_version="2.0")

    image.set_status("1.0", INACTIVE)
    found = found.model_copy(update={"delete": ("3.0",)})
    pruned = apply(image, found, on_step=go_back)
    # To activate it again would move callers from 2.0 to 3.0.
    assert pruned.skipped == skipped(_3_0=KeepReason.LEFT_INACTIVE)
    assert image.versions()["3.0"] == INACTIVE
    assert (seen[0], seen[-1]) == ("4.0", "2.0")


def test_a_version_that_somebody_else_activates_again_is_skipped(service: LocalService) -> None:
    image = service.image(3)
    found = plan(image, keep=1, protect=["2.0"])

    def activate(step: ReleaseStep) -> None:
        service.controls.advance_clock(0.001)
        image.set_status(step.image_version, ACTIVE)

    assert apply(image, found, on_step=activate).skipped == skipped(_1_0=KeepReason.REACTIVATED)
    assert image.versions()["1.0"] == ACTIVE


def test_versions_that_another_pruner_deleted_are_skipped(service: LocalService) -> None:
    image = service.image(4)
    found = plan(image, keep=1)
    other: list[Pruned] = []

    def prune_too(_: ReleaseStep) -> None:
        if not other:
            other.append(apply(image, found))

    mine = apply(image, found, on_step=prune_too)
    assert other == [Pruned(deleted=names(1, 2, 3), skipped=())]
    assert mine == Pruned(
        deleted=(),
        skipped=skipped(_1_0=KeepReason.GONE, _2_0=KeepReason.GONE, _3_0=KeepReason.GONE),
    )


def test_a_plan_that_was_applied_already_deletes_nothing(service: LocalService) -> None:
    image = service.image(3)
    found = plan(image, keep=1)
    apply(image, found)
    assert apply(image, found).skipped == skipped(_1_0=KeepReason.GONE, _2_0=KeepReason.GONE)


def test_a_plan_cannot_delete_what_its_own_criteria_keep(service: LocalService) -> None:
    image = service.image(3)
    forged = plan(image, keep=2, protect=["1"]).model_copy(update={"delete": names(1, 2, 3, 4)})
    pruned = apply(image, forged)
    assert pruned == Pruned(
        deleted=(),
        skipped=skipped(
            _1_0=KeepReason.PROTECTED,
            _2_0=KeepReason.NEWEST,
            _3_0=KeepReason.CURRENT,
            _4_0=KeepReason.GONE,
        ),
    )
    assert set(image.versions().values()) == {ACTIVE}


def test_pruning_waits_for_a_build(service: LocalService) -> None:
    image = service.image(3)
    found = plan(image, keep=1)
    service.set_pace("build", {"progression": "time", "seconds": 30})
    image.build()
    pruned = apply(image, found)
    assert pruned.deleted == names(1, 2)
    # With 4.0 current it would have been deleted, too; the plan does not list it.
    assert image.versions() == {"3.0": ACTIVE, "4.0": ACTIVE}


def test_a_deletion_by_somebody_else_is_awaited(service: LocalService) -> None:
    image = service.image(3)
    found = plan(image, keep=1)
    service.set_pace("deletion", {"progression": "time", "seconds": 4})
    service.boto3.delete_microvm_image_version(imageIdentifier=image.arn, imageVersion="1.0")
    assert apply(image, found) == Pruned(deleted=("2.0",), skipped=skipped(_1_0=KeepReason.GONE))


@pytest.mark.parametrize("operation", ["UpdateMicrovmImageVersion", "DeleteMicrovmImageVersion"])
def test_conflicts_are_tried_again(operation: str, service: LocalService) -> None:
    image = service.image(3)
    found = plan(image, keep=1)
    service.controls.fail_calls("ConflictException", operation, times=2)
    assert apply(image, found).deleted == names(1, 2)
    assert image.versions() == {"3.0": ACTIVE}


def test_a_version_that_is_deleted_right_before_it_is_blocked_is_gone(
    service: LocalService, calls: Any
) -> None:
    image = service.image(3)
    found = plan(image, keep=1)

    def delete(**_: Any) -> None:
        if "1.0" in image.versions():
            service.boto3.delete_microvm_image_version(
                imageIdentifier=image.arn, imageVersion="1.0"
            )
            image.current()

    calls.on("before-call", delete, "UpdateMicrovmImageVersion")
    assert apply(image, found) == Pruned(deleted=("2.0",), skipped=skipped(_1_0=KeepReason.GONE))
    assert image.versions() == {"3.0": ACTIVE}


@pytest.mark.parametrize("operation", ["UpdateMicrovmImageVersion", "DeleteMicrovmImageVersion"])
def test_a_404_is_not_believed_while_the_version_exists(
    operation: str, service: LocalService
) -> None:
    image = service.image(3)
    found = plan(image, keep=1)
    service.controls.fail_calls("ResourceNotFoundException", operation)
    assert apply(image, found) == Pruned(deleted=names(1, 2), skipped=())
    assert image.versions() == {"3.0": ACTIVE}


def test_a_conflict_that_does_not_end_times_out(service: LocalService) -> None:
    image = service.image(3)
    found = plan(image, keep=1)
    service.controls.fail_calls("ConflictException", "UpdateMicrovmImageVersion", times=None)
    with pytest.raises(WaiterError, match="timed out after 3 seconds") as caught:
        apply(image, found, timeout=3)
    assert isinstance(caught.value.__context__, ConflictException)


def test_the_timeout_is_per_version(service: LocalService, fake_time: Any) -> None:
    image = service.image(5)
    service.set_pace("deletion", {"progression": "time", "seconds": 10})
    assert apply(image, plan(image, keep=1), timeout=15).deleted == names(1, 2, 3, 4)
    assert sum(fake_time.pauses) >= 30


def test_a_deletion_that_fails_is_an_error(service: LocalService, calls: Any) -> None:
    image = service.image(3)
    found = plan(image, keep=1)

    def fail(body: dict[str, Any]) -> None:
        body.update(state="DELETE_FAILED", stateReason="The snapshot is locked.")

    def on_step(step: ReleaseStep) -> None:
        if step.action is StepAction.DELETING:
            calls.respond("GetMicrovmImageVersion", fail)

    service.set_pace("deletion", {"progression": "time", "seconds": 10})
    with pytest.raises(ReleaseError) as caught:
        apply(image, found, on_step=on_step)
    assert caught.value.reason == "version 1.0 could not be deleted: The snapshot is locked."
    assert [step.action for step in caught.value.steps] == ["DEACTIVATED", "DELETING"]
