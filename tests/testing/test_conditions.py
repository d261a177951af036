"""Conditions that apply until they are set again, in process and on a running server."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def test_concurrent_builds_have_no_limit_unless_one_is_set(
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    controls.set_transition("lambdamicrovms::build", {"progression": "time", "seconds": 60})
    for number in range(12):
        client.create_microvm_image(**image_request(f"image-{number}"))
    controls.limit_concurrent_builds(12)
    with pytest.raises(client.exceptions.ServiceQuotaExceededException) as caught:
        client.create_microvm_image(**image_request("one-more"))
    error = caught.value.response
    assert error["Error"]["Message"] == (
        "Account 123456789012 has reached the maximum number of concurrent builds allowed."
    )
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert {error.get(name) for name in ("quotaCode", "serviceCode", "resourceId")} == {None}
    controls.advance_clock(120)
    client.create_microvm_image(**image_request("one-more"))
    controls.limit_concurrent_builds(0)
    with pytest.raises(client.exceptions.ServiceQuotaExceededException):
        client.create_microvm_image(**image_request("none"))
    controls.limit_concurrent_builds(None)
    client.create_microvm_image(**image_request("none"))


def test_reads_lag_behind_a_change_for_a_number_of_reads(
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    request = image_request("web")
    arn = client.create_microvm_image(**request)["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
    controls.set_lag("ListMicrovmImageVersions", reads=2)
    del request["name"]

    def listed() -> Any:
        items = client.list_microvm_image_versions(imageIdentifier=arn)["items"]
        return [(item["imageVersion"], item["status"]) for item in items]

    client.update_microvm_image(imageIdentifier=arn, **request)
    assert client.get_microvm_image(imageIdentifier=arn)["latestActiveImageVersion"] == "2.0"
    assert listed() == [("1.0", "ACTIVE")]
    client.update_microvm_image_version(imageIdentifier=arn, imageVersion="2.0", status="INACTIVE")
    assert listed() == [("1.0", "ACTIVE")]
    assert listed() == [("1.0", "ACTIVE"), ("2.0", "ACTIVE")]
    assert listed() == [("1.0", "ACTIVE"), ("2.0", "INACTIVE")]
    controls.unset_lag("ListMicrovmImageVersions")
    client.update_microvm_image_version(imageIdentifier=arn, imageVersion="2.0", status="ACTIVE")
    assert listed() == [("1.0", "ACTIVE"), ("2.0", "ACTIVE")]


def test_reads_lag_behind_a_change_for_a_time(controlled: Any, build: Callable[..., str]) -> None:
    controls, client = controlled
    controls.set_transition("lambdamicrovms::microvm", {"progression": "immediate"})
    arn = build("web")
    microvm = client.run_microvm(imageIdentifier=arn)["microvmId"]
    controls.set_lag(seconds=30)
    client.terminate_microvm(microvmIdentifier=microvm)
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "RUNNING"
    assert client.list_microvms()["items"][0]["state"] == "RUNNING"
    other = client.run_microvm(imageIdentifier=arn)["microvmId"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_microvm(microvmIdentifier=other)
    controls.advance_clock(31)
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "TERMINATED"
    assert client.get_microvm(microvmIdentifier=other)["state"] == "RUNNING"


def test_reads_do_not_lag_after_a_refused_call(
    controlled: Any, image_request: Callable[..., Any], build: Callable[..., str]
) -> None:
    controls, client = controlled
    arn = build("web")
    controls.set_lag("GetMicrovmImage", reads=1)
    with pytest.raises(client.exceptions.ValidationException):
        client.create_microvm_image(**image_request("web"))
    client.create_microvm_image(**image_request("other"))
    client.get_microvm_image(imageIdentifier=arn)
    client.get_microvm_image(imageIdentifier=arn.replace("web", "other"))


def test_the_clock_and_visits_are_controlled(controlled: Any, build: Callable[..., str]) -> None:
    controls, client = controlled
    arn = build()
    controls.set_transition("lambdamicrovms::microvm", {"progression": "immediate"})
    microvm = client.run_microvm(imageIdentifier=arn)["microvmId"]
    token = client.create_microvm_auth_token(
        microvmIdentifier=microvm, expirationInMinutes=60, allowedPorts=[{"allPorts": {}}]
    )["authToken"]["X-aws-proxy-auth"]
    assert controls.visit(microvm, token) == (200, "")
    assert controls.visit(microvm) == (403, "Request missing authentication")
    controls.advance_clock(3601)
    assert controls.visit(microvm, token) == (403, "Token authentication failed")
    controls.advance_clock(28_800)
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "TERMINATED"


@pytest.mark.parametrize("ahead", [0, 3 * 24 * 3600])
def test_the_services_time_is_known_and_in_every_response(ahead: int, controlled: Any) -> None:
    controls, client = controlled
    controls.advance_clock(ahead)
    now = controls.now()
    assert abs(now - datetime.now(timezone.utc) - timedelta(seconds=ahead)) < timedelta(minutes=1)
    controls.fail_calls("ConflictException", "ListMicrovms")
    controls.fail_at_gateway("ListMicrovms")
    dates = [client.list_microvm_images()["ResponseMetadata"]["HTTPHeaders"]["date"]]
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            client.list_microvms()
        dates.append(caught.value.response["ResponseMetadata"]["HTTPHeaders"]["date"])
    for date in dates:
        assert date.endswith(" GMT")
        assert abs(parsedate_to_datetime(date) - now) < timedelta(minutes=1)


def test_a_rate_allows_a_burst_and_is_renewed_with_time(
    controlled: Any, build: Callable[..., str]
) -> None:
    controls, client = controlled
    arn = build()

    errors = set()

    def is_run() -> bool:
        try:
            client.run_microvm(imageIdentifier=arn)
        except client.exceptions.ThrottlingException as error:
            errors.add((error.response["Error"]["Message"], error.response["retryAfterSeconds"]))
            return False
        return True

    def run(calls: int) -> int:
        return sum(is_run() for _ in range(calls))

    controls.limit_rate("RunMicrovm", 0.01, 3)
    assert run(5) == 3
    controls.advance_clock(200)
    assert run(3) == 2
    controls.advance_clock(3600)
    assert run(5) == 3
    assert len(client.list_microvms(maxResults=50)["items"]) == 8
    controls.limit_rate("RunMicrovm", 0.01)
    assert run(2) == 1
    controls.limit_rate("RunMicrovm", 2.5)
    assert run(2) == 2
    controls.limit_rate("RunMicrovm", None)
    assert run(4) == 4
    assert errors == {("Rate exceeded", 1)}


def test_each_region_has_a_rate_of_its_own(controls: Any, session: Any) -> None:
    one_attempt = Config(retries={"total_max_attempts": 1})
    controls.limit_rate("ListMicrovms", 0.01)
    for region in ("us-east-1", "us-east-2"):
        client = session.client("lambda-microvms", region_name=region, config=one_attempt)
        client.list_microvms()
        with pytest.raises(client.exceptions.ThrottlingException):
            client.list_microvms()


def test_the_size_of_a_page_is_ten_or_what_was_set(
    controlled: Any, build: Callable[..., str]
) -> None:
    controls, client = controlled
    arn = build()
    for _ in range(12):
        client.run_microvm(imageIdentifier=arn)

    def first_page(**parameters: Any) -> int:
        return len(client.list_microvms(**parameters)["items"])

    assert (first_page(), first_page(maxResults=11)) == (10, 11)
    for size in (1, 50):
        controls.set_page_size(size)
        assert first_page() == min(size, 12)
    controls.reset()
    assert len(list(client.get_paginator("list_microvms").paginate())) == 1


def test_the_latest_active_version_can_be_held(
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    request = image_request()
    arn = client.create_microvm_image(**request)["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
    del request["name"]
    client.update_microvm_image(imageIdentifier=arn, **request)
    client.get_microvm_image(imageIdentifier=arn)
    controls.fail_next_build()
    client.update_microvm_image(imageIdentifier=arn, **request)
    client.get_microvm_image(imageIdentifier=arn)

    def latest() -> Any:
        image = client.get_microvm_image(imageIdentifier=arn)
        return image.get("latestActiveImageVersion")

    def update(version: str, status: str) -> None:
        client.update_microvm_image_version(
            imageIdentifier=arn, imageVersion=version, status=status
        )

    assert latest() == "2.0"
    update("2.0", "INACTIVE")
    assert latest() == "1.0"
    controls.hold_latest_active_version()
    assert latest() == "2.0"
    update("1.0", "INACTIVE")
    assert latest() == "2.0"
    update("1.0", "ACTIVE")
    assert client.run_microvm(imageIdentifier=arn)["imageVersion"] == "1.0"
    controls.hold_latest_active_version(held=False)
    assert latest() == "1.0"


def test_versions_have_the_default_timeouts_of_hooks_on_request(
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    hooks = {
        "port": 9000,
        "microvmHooks": {"run": "ENABLED", "suspend": "ENABLED", "suspendTimeoutInSeconds": 7},
        "microvmImageHooks": {"ready": "ENABLED", "validate": "DISABLED"},
    }
    created = client.create_microvm_image(**image_request(hooks=hooks))
    arn = created["imageArn"]

    def shown() -> Any:
        version = client.get_microvm_image_version(imageIdentifier=arn, imageVersion="1.0")
        return version["hooks"]

    assert created["hooks"] == shown() == hooks
    controls.show_hook_timeouts()
    assert shown() == {
        "port": 9000,
        "microvmHooks": hooks["microvmHooks"] | {"runTimeoutInSeconds": 1},
        "microvmImageHooks": hooks["microvmImageHooks"] | {"readyTimeoutInSeconds": 30},
    }
    without = client.create_microvm_image(**image_request("without"))
    assert without.get("hooks") is None
    controls.show_hook_timeouts(shown=False)
    assert shown() == hooks


def test_a_suspended_microvm_lasts_as_long_as_was_set(
    controlled: Any, build: Callable[..., str]
) -> None:
    controls, client = controlled
    controls.set_transition("lambdamicrovms::microvm", {"progression": "immediate"})
    controls.extend_suspensions(180)
    arn = build()
    policy = {"maxIdleDurationSeconds": 900, "suspendedDurationSeconds": 60}
    microvm = client.run_microvm(
        imageIdentifier=arn, idlePolicy=policy | {"autoResumeEnabled": False}
    )["microvmId"]
    client.get_microvm(microvmIdentifier=microvm)
    client.suspend_microvm(microvmIdentifier=microvm)
    states = []
    for seconds in (230, 20):
        controls.advance_clock(seconds)
        states.append(client.get_microvm(microvmIdentifier=microvm)["state"])
    assert states == ["SUSPENDED", "TERMINATED"]


def test_a_build_needs_its_artifact_in_s3_if_that_is_required(
    controlled: Any, beside: Callable[[str], Any], image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    s3 = beside("s3")
    s3.create_bucket(
        Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
    )
    s3.put_object(Bucket="artifacts", Key="folder/code.zip", Body=b"")

    def built(uri: str) -> Any:
        name = f"image-{len(client.list_microvm_images()['items'])}"
        request = image_request(name, codeArtifact={"uri": uri})
        arn = client.create_microvm_image(**request)["imageArn"]
        version = {"imageIdentifier": arn, "imageVersion": "1.0"}
        build = client.list_microvm_image_builds(**version)["items"][0]
        return build["buildState"], build.get("stateReason")

    missing = ("s3://artifacts/none.zip", "s3://no-bucket/code.zip")
    assert {built(uri) for uri in missing} == {("SUCCESSFUL", None)}
    controls.require_artifacts()
    for uri in missing:
        assert built(uri) == ("FAILED", f"The code artifact {uri} was not found.")
    assert built("s3://artifacts/folder/code.zip") == ("SUCCESSFUL", None)
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket="artifacts", Key="folder/code.zip")
    assert built("s3://artifacts/folder/code.zip")[0] == "FAILED"
    controls.require_artifacts(required=False)
    assert built(missing[0]) == ("SUCCESSFUL", None)


def test_a_reset_clears_everything(controlled: Any, image_request: Callable[..., Any]) -> None:
    controls, client = controlled
    client.create_microvm_image(**image_request("before"))
    controls.throttle("RunMicrovm")
    controls.set_lag(reads=99)
    controls.limit_concurrent_builds(0)
    controls.limit_rate("GetMicrovmImage", 0.01)
    client.list_microvm_images()
    controls.require_artifacts()
    controls.reset()
    assert client.list_microvm_images()["items"] == []
    assert controls.scheduled_failures() == []
    arn = client.create_microvm_image(**image_request("web"))["imageArn"]
    for _ in range(2):
        assert client.get_microvm_image(imageIdentifier=arn)["name"] == "web"
