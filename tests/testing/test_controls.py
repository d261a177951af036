"""Scheduled failures happen in process and on a running server."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from fake_time import FakeTime

from microvm_sdk.testing import MicroVMServer
from microvm_sdk.testing._control_parameters import IMAGE_CHANGES, READS
from microvm_sdk.testing._scheduled_failures import Failure
from microvm_sdk.testing._service.http.service_model import service_model

ARN = "arn:aws:lambda:us-east-2:123456789012:microvm-image:"
# What is scheduled, the operation that fails, and the status, code and message of its error.
ERRORS: Any = [
    (
        lambda controls: controls.throttle("ListMicrovms", times=2, retry_after=7),
        ("list_microvms", 429, "ThrottlingException", "Rate exceeded"),
    ),
    (
        lambda controls: controls.deny_access("ListMicrovms", times=2),
        (
            "list_microvms",
            403,
            "AccessDeniedException",
            "User is not authorized to perform: lambda:ListMicrovms",
        ),
    ),
    (
        lambda controls: controls.run_out_of_capacity(times=2),
        (
            "run_microvm",
            500,
            "InsufficientCapacityException",
            "There is not enough capacity to run the MicroVM",
        ),
    ),
    (
        lambda controls: controls.exceed_quota(message="because", times=2),
        ("run_microvm", 402, "ServiceQuotaExceededException", "because"),
    ),
    *(
        (
            lambda controls, code=code: controls.fail_calls(
                code, "ListMicrovms", message="because", times=2
            ),
            ("list_microvms", status, code, "because"),
        )
        for code, status in (
            ("ConflictException", 409),
            ("InternalServerException", 500),
            ("TooManyRequestsException", 429),
        )
    ),
    (
        lambda controls: controls.make_image_busy("web", times=2),
        (
            "delete_microvm_image",
            409,
            "ConflictException",
            "MicroVM Image is already in state: UPDATING",
        ),
    ),
    (
        lambda controls: controls.make_image_busy(
            ARN + "web", operation="DeleteMicrovmImage", status_code=400, times=2
        ),
        (
            "delete_microvm_image",
            400,
            "ValidationException",
            f"Cannot delete MicroVM image in its current state: {ARN}web",
        ),
    ),
]


@pytest.mark.parametrize(("schedule_", "error"), ERRORS)
def test_calls_fail_as_often_as_scheduled_and_without_effect(
    schedule_: Any, error: Any, controlled: Any, build: Callable[..., str]
) -> None:
    controls, client = controlled
    arns = [build(name) for name in ("web", "other")]
    schedule_(controls)
    for arn in arns:
        client.get_microvm_image(imageIdentifier=arn)
    client.delete_microvm_image(imageIdentifier=arns[1])
    name, status, code, message = error
    parameters = {} if name == "list_microvms" else {"imageIdentifier": arns[0]}
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            getattr(client, name)(**parameters)
        response = caught.value.response
        assert response["Error"] == {"Code": code, "Message": message}
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
        if code == "ThrottlingException":
            assert response["retryAfterSeconds"] == 7
            assert response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"
    assert client.list_microvms()["items"] == []
    assert client.get_microvm_image(imageIdentifier=arns[0])["state"] == "CREATED"
    getattr(client, name)(**parameters)


@pytest.mark.parametrize("status", [None, 502, 504])
def test_a_lost_response_has_taken_effect(
    status: Any, controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    controls.lose_responses("CreateMicrovmImage", status_code=status, times=2)
    assert client.list_microvm_images()["items"] == []
    expected = ConnectionClosedError if status is None else ClientError
    for _ in range(2):  # The second would be refused, because the name is taken.
        with pytest.raises(expected) as caught:
            client.create_microvm_image(**image_request("web"))
        if status is not None:
            response = caught.value.response
            assert response["ResponseMetadata"]["HTTPStatusCode"] == status
            assert response["Error"]["Code"] == str(status)
    assert [image["name"] for image in client.list_microvm_images()["items"]] == ["web"]
    with pytest.raises(client.exceptions.ValidationException, match="already exists"):
        client.create_microvm_image(**image_request("web"))


@pytest.mark.parametrize(
    "control", [lambda controls: controls.throttle, lambda controls: controls.lose_responses]
)
def test_boto3_retries_a_scheduled_failure(
    control: Any, controlled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls, client = controlled
    monkeypatch.setattr(botocore.endpoint, "time", FakeTime())
    retrying = boto3.client(
        "lambda-microvms",
        region_name="us-east-2",
        endpoint_url=client.meta.endpoint_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    control(controls)("ListMicrovms")
    assert retrying.list_microvms()["ResponseMetadata"]["RetryAttempts"] == 1


def test_the_next_build_of_an_image_fails_with_the_reason(
    controlled: Any, build: Callable[..., str]
) -> None:
    controls, client = controlled
    controls.fail_next_build("Build workflow was interrupted by an exception", image="web")

    def outcome(name: str) -> Any:
        arn = build(name)
        version = {"imageIdentifier": arn, "imageVersion": "1.0"}
        builds = client.list_microvm_image_builds(**version)["items"]
        state = client.get_microvm_image(imageIdentifier=arn)["state"]
        return state, {build.get("stateReason") for build in builds}

    assert outcome("other") == ("CREATED", {None})
    assert [failure["image"] for failure in controls.scheduled_failures()] == ["web"]
    reason = "Build workflow was interrupted by an exception"
    assert outcome("web") == ("CREATE_FAILED", {reason})
    assert controls.scheduled_failures() == []


@pytest.mark.parametrize(
    "failure", [failure for failure in get_args(Failure) if hasattr(failure, "image")]
)
def test_a_failure_of_one_image_takes_its_name_or_its_arn(failure: Any, controlled: Any) -> None:
    controls, _ = controlled
    arn = "arn:aws:lambda:us-east-2:123456789012:microvm-image:web"
    for image in ("web", arn):
        schedule(controls, failure, image=image)
    by_name, by_arn = controls.scheduled_failures()
    assert by_name == by_arn
    assert by_name["image"] == "web"


def schedule(controls: Any, failure: Any, **parameters: Any) -> None:
    required = {"fail_calls": ["ConflictException"]}
    getattr(controls, failure.control)(*required.get(failure.control, []), **parameters)


def outcomes(client: Any, request: Any) -> list[str]:
    """Return the states and errors of an image and a MicroVM of it, from begin to end."""
    arn = f"arn:aws:lambda:us-east-2:123456789012:microvm-image:{request['name']}"
    microvm = "microvm-0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"
    found = []

    def record(call: Callable[..., Any], **parameters: Any) -> Any:
        try:
            response = call(**parameters)
        except ClientError as error:
            response = {"state": error.response["Error"]["Code"]}
        except ConnectionClosedError:
            response = {"state": "lost"}
        found.append(response.get("state", ""))
        return response

    record(client.create_microvm_image, **request)
    record(client.get_microvm_image, imageIdentifier=arn)
    microvm = record(client.run_microvm, imageIdentifier=arn).get("microvmId", microvm)
    for change in (lambda **_: {}, client.suspend_microvm, client.resume_microvm):
        record(change, microvmIdentifier=microvm)
        record(client.get_microvm, microvmIdentifier=microvm)
    record(client.terminate_microvm, microvmIdentifier=microvm)
    record(client.delete_microvm_image, imageIdentifier=arn)
    return found


@pytest.mark.parametrize("failure", get_args(Failure))
def test_every_scheduled_failure_happens(
    failure: Any, controls: Any, client: Any, image_request: Callable[..., Any]
) -> None:
    usual = outcomes(client, image_request("usual"))
    schedule(controls, failure)
    assert outcomes(client, image_request("web")) != usual
    assert controls.scheduled_failures() == []


@pytest.mark.parametrize("failure", get_args(Failure))
def test_every_scheduled_failure_is_listed_and_cleared(failure: Any, controlled: Any) -> None:
    controls, _ = controlled
    schedule(controls, failure, times=3)
    (listed,) = controls.scheduled_failures()
    assert listed.keys() == {"control", *(field.name for field in fields(failure))}
    assert (listed["control"], listed["times"]) == (failure.control, 3)
    controls.clear_scheduled_failures()
    assert controls.scheduled_failures() == []


def test_a_hanging_build_never_ends_and_blocks_its_image(
    controlled: Any, build: Callable[..., str]
) -> None:
    controls, client = controlled
    controls.hang_next_build(image="web")
    arn = build("web")
    controls.advance_clock(3600)
    version = {"imageIdentifier": arn, "imageVersion": "1.0"}
    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATING"
    assert client.get_microvm_image_version(**version)["state"] == "IN_PROGRESS"
    builds = client.list_microvm_image_builds(**version)["items"]
    assert {build["buildState"] for build in builds} == {"IN_PROGRESS"}
    with pytest.raises(client.exceptions.ConflictException, match="already in state: CREATING"):
        client.update_microvm_image_version(**version, status="INACTIVE")
    with pytest.raises(client.exceptions.ValidationException, match="This is the last version"):
        client.delete_microvm_image_version(**version)
    with pytest.raises(client.exceptions.ValidationException, match="Cannot delete MicroVM image"):
        client.delete_microvm_image(imageIdentifier=arn)


@pytest.mark.parametrize(
    ("at", "between"), [("run", "PENDING"), ("suspend", "SUSPENDING"), ("resume", "PENDING")]
)
def test_a_microvm_ends_after_an_accepted_call(
    at: Any, between: str, controlled: Any, build: Callable[..., str]
) -> None:
    controls, client = controlled
    arn = build("web")
    controls.set_transition("lambdamicrovms::microvm", {"progression": "manual", "times": 2})
    controls.fail_next_microvm(at, "It ended.", image="other")
    controls.fail_next_microvm(at, "It ended.", image="web")
    microvm = client.run_microvm(imageIdentifier=arn)["microvmId"]
    calls = {"suspend": ["suspend"], "resume": ["suspend", "resume"]}.get(at, [])
    for call in calls:
        states = [client.get_microvm(microvmIdentifier=microvm)["state"] for _ in range(2)]
        assert states[1] in {"RUNNING", "SUSPENDED"}
        getattr(client, f"{call}_microvm")(microvmIdentifier=microvm)
    ending = client.get_microvm(microvmIdentifier=microvm)
    ended = client.get_microvm(microvmIdentifier=microvm)
    assert (ending["state"], ending.get("stateReason")) == (between, None)
    assert (ended["state"], ended["stateReason"]) == ("TERMINATED", "It ended.")
    assert ended["terminatedAt"] >= ended["startedAt"]
    assert [failure["image"] for failure in controls.scheduled_failures()] == ["other"]


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("run", "Run lifecycle hook returned HTTP status 400."),
        ("suspend", "Suspend lifecycle hook returned HTTP status 500."),
        ("resume", "Resume lifecycle hook connection was refused."),
    ],
)
def test_a_microvm_fails_for_the_reason_of_a_hook_by_default(
    at: Any, reason: str, controls: Any
) -> None:
    controls.fail_next_microvm(at)
    (failure,) = controls.scheduled_failures()
    assert failure["reason"].startswith(reason)


def test_the_gateway_responds_with_html(controlled: Any) -> None:
    controls, client = controlled
    controls.fail_at_gateway("ListMicrovmImages")
    client.list_microvms()
    with pytest.raises(ClientError) as caught:
        client.list_microvm_images()
    response = caught.value.response
    assert response["Error"]["Code"] == "502"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 502
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == "text/html"
    assert "x-amzn-requestid" not in headers
    client.list_microvm_images()


def test_a_busy_image_refuses_every_operation_that_changes_it() -> None:
    model = service_model()
    changes = {
        name
        for name in model.operation_names
        if "imageIdentifier" in (shape := model.operation_model(name).input_shape).members
        and shape.members["imageIdentifier"].serialization.get("location") == "uri"
        and not name.startswith(READS)
    }
    assert changes == set(IMAGE_CHANGES)


def test_a_quota_is_a_402_whose_members_are_all_null(
    server: MicroVMServer, send: Callable[..., Any]
) -> None:
    server.controls.exceed_quota("ListMicrovms")
    status, headers, body = send("GET", "/2025-09-09/microvms")
    assert status == 402
    assert {name.lower(): value for name, value in headers.items()}["x-amzn-errortype"] == (
        "ServiceQuotaExceededException"
    )
    assert set(json.loads(body).values()) == {None}
