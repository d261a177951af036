"""Planning, on the local service, which versions to delete."""

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from local_image import LocalService
from pydantic import ValidationError
from release_jobs import apply, names, plan, reasons, skipped

from microvm_sdk.releases import (
    KeepReason,
    KeptVersion,
    Pruned,
    PrunePlan,
    plan_prune,
    promote,
)

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"


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


def test_unknown_and_unfinished_versions_are_kept(service: LocalService, calls: Any) -> None:
    image = service.image(8)

    def change(body: dict[str, Any]) -> None:
        first, second, third, fourth, fifth, *_ = body["items"]
        first["state"] = "X-ARCHIVED"
        second["status"] = "X-PAUSED"
        third["imageVersion"] = "3.0-beta"
        fourth["state"] = "DELETING"
        fifth["state"] = "IN_PROGRESS"

    calls.respond("ListMicrovmImageVersions", change)
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
    calls.respond("GetMicrovmImage", lambda body: body.update(latestActiveImageVersion=latest))
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
