"""Planning and pruning, on the local service over HTTP, verified through plain boto3."""

import json
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import pytest
from local_image import HELD, LOST, RETRIED, LocalImage, LocalService
from pydantic import ValidationError

from microvm_sdk.exceptions import (
    ConflictException,
    InternalServerException,
    ReleaseError,
    WaiterError,
)
from microvm_sdk.releases import (
    KeepReason,
    KeptVersion,
    Pruned,
    PrunePlan,
    ReleaseStep,
    StepAction,
    plan_prune,
    promote,
    prune,
    withdraw,
)

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"


def plan(image: LocalImage, **arguments: Any) -> PrunePlan:
    return plan_prune(image.service.client, image_identifier=image.arn, **arguments)


def apply(image: LocalImage, plan: PrunePlan, **arguments: Any) -> Pruned:
    return prune(image.service.client, plan, **arguments)


def reasons(plan: PrunePlan) -> dict[str, str]:
    return {kept.image_version: str(kept.reason) for kept in plan.kept}


def skipped(**reasons: KeepReason) -> tuple[KeptVersion, ...]:
    return tuple(
        KeptVersion(image_version=name.replace("_", ".")[1:], reason=reason)
        for name, reason in reasons.items()
    )


def deletion(version: str) -> list[ReleaseStep]:
    return [ReleaseStep(StepAction.DELETING, version), ReleaseStep(StepAction.DELETED, version)]


def names(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number}.0" for number in numbers)


# The plan.


def test_the_current_and_the_newest_are_kept(service: LocalService, calls: Any) -> None:
    image = service.image(11)
    found = plan(image, keep=3)
    assert found.delete == names(1, 2, 3, 4, 5, 6, 7, 8)
    assert reasons(found) == {"9.0": "NEWEST", "10.0": "NEWEST", "11.0": "CURRENT"}
    assert (found.image_arn, found.current, found.keep, found.protect) == (
        image.arn,
        "11.0",
        3,
        (),
    )
    assert abs(datetime.now(timezone.utc) - found.created_at).total_seconds() < 60
    assert calls.operations == [
        "GetMicrovmImage",
        "ListMicrovmImageVersions",
        "ListMicrovms",
    ]


def test_newer_versions_are_kept_and_do_not_count(service: LocalService) -> None:
    image = service.image(11)
    promote(service.client, image_identifier=image.arn, image_version="8.0")
    found = plan(image, keep=2)
    assert found.delete == names(1, 2, 3, 4, 5, 6)
    assert reasons(found) == {
        "7.0": "NEWEST",
        "8.0": "CURRENT",
        "9.0": "NEWER",
        "10.0": "NEWER",
        "11.0": "NEWER",
    }


def test_blocked_and_failed_versions_are_deleted_and_do_not_count(service: LocalService) -> None:
    image = service.image(2)
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    for _ in range(3):
        image.build()
    image.current()
    image.set_status("5.0", INACTIVE)
    found = plan(image, keep=2)
    assert found.delete == names(1, 2, 3, 5)
    assert reasons(found) == {"4.0": "NEWEST", "6.0": "CURRENT"}
    assert apply(image, found).deleted == names(1, 2, 3, 5)


def test_a_failed_newest_version_is_kept_because_it_is_newer(service: LocalService) -> None:
    image = service.image(2)
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    assert reasons(plan(image, keep=1)) == {"2.0": "CURRENT", "3.0": "NEWER"}


@pytest.mark.parametrize("suspended", [False, True])
def test_a_version_in_use_is_kept(suspended: bool, service: LocalService) -> None:
    image = service.image(4)
    microvm = image.run("1.0")
    service.boto3.get_microvm(microvmIdentifier=microvm)
    if suspended:
        service.boto3.suspend_microvm(microvmIdentifier=microvm)
    terminated = image.run("2.0")
    service.boto3.get_microvm(microvmIdentifier=terminated)
    service.boto3.terminate_microvm(microvmIdentifier=terminated)
    service.boto3.get_microvm(microvmIdentifier=terminated)
    found = plan(image, keep=2)
    assert reasons(found) == {"1.0": "IN_USE", "3.0": "NEWEST", "4.0": "CURRENT"}
    assert found.delete == ("2.0",)


def test_protected_versions_are_kept(service: LocalService) -> None:
    image = service.image(4)
    found = plan(image, keep=1, protect=["2", "1.0"])
    assert found.protect == ("1.0", "2.0")
    assert reasons(found) == {"1.0": "PROTECTED", "2.0": "PROTECTED", "4.0": "CURRENT"}


def test_without_a_current_version_nothing_is_deleted(service: LocalService) -> None:
    image = service.image(3)
    for version in image.versions():
        image.set_status(version, INACTIVE)
    found = plan(image, keep=1)
    assert (found.current, found.delete) == (None, ())
    assert set(reasons(found).values()) == {"NO_CURRENT_VERSION"}
    assert apply(image, found) == Pruned(deleted=(), skipped=())


def respond(calls: Any, operation: str, change: Any) -> None:
    """Change what the service responds with."""

    def handler(response_dict: dict[str, Any], **_: Any) -> None:
        body = json.loads(response_dict["body"])
        change(body)
        response_dict["body"] = json.dumps(body).encode()

    calls.first("before-parse", handler, operation)


def test_unknown_and_unfinished_versions_are_kept(service: LocalService, calls: Any) -> None:
    image = service.image(8)

    def change(body: dict[str, Any]) -> None:
        first, second, third, fourth, fifth, *_ = body["items"]
        first["state"] = "X-ARCHIVED"
        second["status"] = "X-PAUSED"
        third["imageVersion"] = "3.0-beta"
        fourth["state"] = "DELETING"
        fifth["state"] = "IN_PROGRESS"

    respond(calls, "ListMicrovmImageVersions", change)
    found = plan(image, keep=1)
    assert reasons(found) == {
        "1.0": "UNKNOWN",
        "2.0": "UNKNOWN",
        "4.0": "UNFINISHED",
        "5.0": "UNFINISHED",
        "8.0": "CURRENT",
        "3.0-beta": "UNKNOWN",
    }
    assert found.delete == names(6, 7)


@pytest.mark.parametrize("latest", ["3.0", "8.0", "blue", None])
def test_the_listing_decides_what_is_current(
    latest: str | None, service: LocalService, calls: Any
) -> None:
    image = service.image(8)
    for version in names(6, 7, 8):
        image.set_status(version, INACTIVE)
    respond(calls, "GetMicrovmImage", lambda body: body.update(latestActiveImageVersion=latest))
    found = plan(image, keep=1)
    assert (found.current, found.delete) == ("5.0", names(1, 2, 3, 4))


@pytest.mark.parametrize("keep", [0, -1])
def test_at_least_one_version_is_kept(keep: int, service: LocalService, calls: Any) -> None:
    with pytest.raises(ValueError, match="keep must be at least 1"):
        plan_prune(service.client, image_identifier=ARN, keep=keep)
    assert calls.operations == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": "5"}, "keep must be an integer"),
        ({"keep": True}, "keep must be an integer"),
        ({"protect": "8.0"}, "protect must be a collection of versions"),
        ({"protect": [8]}, "protect must be a string"),
    ],
)
def test_arguments_of_another_type_are_refused(
    arguments: dict[str, Any], message: str, service: LocalService
) -> None:
    with pytest.raises(TypeError, match=message):
        plan_prune(service.client, image_identifier=ARN, **arguments)


def test_a_protected_version_of_another_form_is_refused(service: LocalService) -> None:
    with pytest.raises(ValueError, match="protect must have the form"):
        plan_prune(service.client, image_identifier=ARN, protect=["latest"])


def test_the_plan_round_trips_through_json(service: LocalService) -> None:
    found = plan(service.image(4), keep=2, protect=["1.0"])
    text = found.model_dump_json(indent=2)
    assert PrunePlan.model_validate_json(text) == found
    assert hash(PrunePlan.model_validate(json.loads(text))) == hash(found)
    assert json.loads(text)["delete"] == ["2.0"]


@pytest.mark.parametrize("text", ["{}", '{"keep": 0}', "[]", "nonsense"])
def test_text_that_is_not_a_plan_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        PrunePlan.model_validate_json(text)


def test_a_plan_that_keeps_nothing_is_refused(service: LocalService) -> None:
    found = json.loads(plan(service.image()).model_dump_json())
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        PrunePlan.model_validate({**found, "keep": 0})


TABLE = """\
image    arn:aws:lambda:eu-west-1:123456789012:microvm-image:web
current  11.0
keep     2
created  2026-11-25 13:40:00 UTC

VERSION  ACTION  REASON
1.0      delete
2.0      keep    PROTECTED
9.0      delete
10.0     keep    NEWEST
11.0     keep    CURRENT
beta     keep    UNKNOWN

2 to delete, 4 to keep"""


def test_a_plan_prints_as_a_table() -> None:
    found = PrunePlan(
        image_arn="arn:aws:lambda:eu-west-1:123456789012:microvm-image:web",
        current="11.0",
        keep=2,
        protect=("2.0",),
        kept=(
            *skipped(_2_0=KeepReason.PROTECTED, _10_0=KeepReason.NEWEST, _11_0=KeepReason.CURRENT),
            KeptVersion(image_version="beta", reason=KeepReason.UNKNOWN),
        ),
        delete=("1.0", "9.0"),
        created_at=datetime(2026, 11, 25, 13, 40, tzinfo=timezone.utc),
    )
    assert str(found) == TABLE
    assert f"{found}" == TABLE


# Pruning.


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
            respond(calls, "GetMicrovmImageVersion", fail)

    service.set_pace("deletion", {"progression": "time", "seconds": 10})
    with pytest.raises(ReleaseError) as caught:
        apply(image, found, on_step=on_step)
    assert caught.value.reason == "version 1.0 could not be deleted: The snapshot is locked."
    assert [step.action for step in caught.value.steps] == ["DEACTIVATED", "DELETING"]


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
@pytest.mark.parametrize("call", range(13))
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
        assert call == 12 or (lagging and call >= 10)
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
