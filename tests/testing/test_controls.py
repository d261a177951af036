"""Everything can be steered in process and on a running server alike."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from microvm_sdk.testing import Controls, MicroVMServer


@pytest.fixture(params=["in process", "server"])
def steered(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Give controls, and a client of what they steer."""
    if request.param == "server":
        server, connect = request.getfixturevalue("server"), request.getfixturevalue("connect")
        controls = Controls(server.endpoint_url)
        controls.set_transition("lambdamicrovms::build", {"progression": "immediate"})
        return controls, connect(server)
    return request.getfixturevalue("controls"), request.getfixturevalue("client")


def test_the_next_build_fails_with_the_reason_and_the_one_after_does_not(
    steered: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = steered
    controls.fail_next_build("ARCHIVE_DOCKERFILE_NOT_FOUND")

    def built(name: str) -> Any:
        arn = client.create_microvm_image(**image_request(name))["imageArn"]
        version = {"imageIdentifier": arn, "imageVersion": "1.0"}
        builds = client.list_microvm_image_builds(**version)["items"]
        return {build.get("stateReason") for build in builds}

    assert built("first") == {"ARCHIVE_DOCKERFILE_NOT_FOUND"}
    assert built("second") == {None}


def test_a_build_failure_waits_for_its_image(
    steered: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = steered
    controls.fail_next_build("S3_NO_SUCH_KEY", image="web")

    def state(name: str) -> Any:
        arn = client.create_microvm_image(**image_request(name))["imageArn"]
        return client.get_microvm_image(imageIdentifier=arn)["state"]

    assert state("other") == "CREATED"
    assert [failure["image"] for failure in controls.scheduled_failures()] == ["web"]
    assert state("web") == "CREATE_FAILED"
    assert controls.scheduled_failures() == []


def test_calls_are_throttled_as_often_as_asked_with_retry_after(steered: Any) -> None:
    controls, client = steered
    controls.throttle("ListMicrovms", times=2, retry_after=7)
    client.list_microvm_images()
    for _ in range(2):
        with pytest.raises(client.exceptions.ThrottlingException) as caught:
            client.list_microvms()
        assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"
        assert caught.value.response["retryAfterSeconds"] == 7
    client.list_microvms()


def test_boto3_retries_through_a_throttle(steered: Any) -> None:
    controls, client = steered
    retrying = boto3.client(
        "lambda-microvms",
        region_name="us-east-2",
        endpoint_url=client.meta.endpoint_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    controls.throttle(times=1, retry_after=0)
    answer = retrying.list_microvms()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_capacity_runs_out(steered: Any, image_request: Callable[..., Any]) -> None:
    controls, client = steered
    arn = client.create_microvm_image(**image_request())["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
    controls.run_out_of_capacity()
    with pytest.raises(ClientError, match="InsufficientCapacityException"):
        client.run_microvm(imageIdentifier=arn)
    assert client.list_microvms()["items"] == []
    client.run_microvm(imageIdentifier=arn)


def test_access_is_denied_until_scheduled_failures_are_cleared(steered: Any) -> None:
    controls, client = steered
    controls.deny_access("ListMicrovmImages", times=None)
    for _ in range(3):
        with pytest.raises(client.exceptions.AccessDeniedException, match="lambda:ListMicrovmImag"):
            client.list_microvm_images()
    controls.clear_scheduled_failures()
    client.list_microvm_images()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("ConflictException", 409),
        ("InternalServerException", 500),
        ("ServiceQuotaExceededException", 402),
        ("TooManyRequestsException", 429),
    ],
)
def test_any_error_of_the_service_can_be_asked_for(error: str, status: Any, steered: Any) -> None:
    controls, client = steered
    controls.fail_calls(error, message="because")
    with pytest.raises(client.exceptions.ClientError, match="because") as caught:
        client.list_microvms()
    assert caught.value.response["Error"]["Code"] == error
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda controls: controls.fail_calls("NoSuchException"), "no error 'NoSuchException'"),
        (lambda controls: controls.throttle("NoSuch"), "no operation 'NoSuch'"),
        (lambda controls: controls.throttle(times=0), "at least once"),
        (
            lambda controls: controls.fail_calls("ConflictException", retry_after=1),
            "has no Retry-After",
        ),
        (lambda controls: controls.fail_next_build(""), "needs a reason"),
        (lambda controls: controls.advance_clock(-1), "forward only"),
        (lambda controls: controls.advance_clock(2.6e11), "not beyond 9000"),
        (lambda controls: controls.advance_clock(1e18), "not beyond 9000"),
        (lambda controls: controls.advance_clock(float("inf")), "not beyond 9000"),
        (lambda controls: controls.advance_clock(float("nan")), "not beyond 9000"),
        (
            lambda controls: controls.set_transition("vm", {"progression": "immediate"}),
            "there is no 'vm', only: lambdamicrovms::build",
        ),
        (
            lambda controls: controls.set_transition(
                "lambdamicrovms::build", {"progression": "time"}
            ),
            "a transition is",
        ),
        (lambda controls: controls.unset_transition("vm"), "there is no 'vm'"),
    ],
)
def test_what_makes_no_sense_is_refused(ask: Callable[..., Any], words: str, steered: Any) -> None:
    controls, client = steered
    with pytest.raises(ValueError, match=words):
        ask(controls)
    assert controls.scheduled_failures() == []
    assert client.list_microvms()["items"] == []


def test_the_clock_and_visits_are_steered(steered: Any, image_request: Callable[..., Any]) -> None:
    controls, client = steered
    arn = client.create_microvm_image(**image_request())["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
    controls.set_transition("lambdamicrovms::microvm", {"progression": "immediate"})
    microvm = client.run_microvm(imageIdentifier=arn)["microvmId"]
    token = client.create_microvm_auth_token(
        microvmIdentifier=microvm, expirationInMinutes=60, allowedPorts=[{"allPorts": {}}]
    )["authToken"]["X-aws-proxy-auth"]
    assert controls.visit(microvm, token) == 200
    assert controls.visit(microvm) == 403
    controls.advance_clock(3601)
    assert controls.visit(microvm, token) == 403
    controls.advance_clock(28_800)
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "TERMINATED"


def test_a_reset_forgets_everything(steered: Any, image_request: Callable[..., Any]) -> None:
    controls, client = steered
    client.create_microvm_image(**image_request())
    controls.throttle("RunMicrovm")
    controls.reset()
    assert client.list_microvm_images()["items"] == []
    assert controls.scheduled_failures() == []


def test_motos_own_reset_forgets_everything(
    server: MicroVMServer,
    connect: Callable[..., Any],
    image_request: Callable[..., Any],
    send: Callable[..., Any],
) -> None:
    client = connect(server)
    client.create_microvm_image(**image_request())
    server.controls.throttle("RunMicrovm")
    assert send("POST", "/moto-api/reset")[0] == 200
    assert client.list_microvm_images()["items"] == []
    assert server.controls.scheduled_failures() == []


def test_motos_own_state_manager_steers_a_server(
    server: MicroVMServer,
    connect: Callable[..., Any],
    image_request: Callable[..., Any],
    send: Callable[..., Any],
) -> None:
    client = connect(server)
    transition = {
        "model_name": "lambdamicrovms::build",
        "transition": {"progression": "manual", "times": 2},
    }

    def manage(path: str, body: Any) -> None:
        its_path = f"/moto-api/state-manager/{path}"
        answer = send("POST", its_path, json.dumps(body), **{"Content-Type": "application/json"})
        assert answer[0] in {200, 201}

    manage("set-transition", transition)
    try:
        arn = client.create_microvm_image(**image_request())["imageArn"]
        version = {"imageIdentifier": arn, "imageVersion": "1.0"}
        states = [client.get_microvm_image_version(**version)["state"] for _ in range(4)]
        assert states == ["PENDING", "IN_PROGRESS", "IN_PROGRESS", "SUCCESSFUL"]
    finally:
        manage("unset-transition", {"model_name": "lambdamicrovms::build"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "nonsense", b"{}"),
        ("POST", "clock", b"not json"),
        ("POST", "clock", b"[]"),
        ("POST", "clock", b"{}"),
        ("POST", "clock", b'{"seconds": "x"}'),
        ("POST", "failures/calls", b'{"error": ["x"]}'),
        ("PUT", "transitions", b'{"model": "lambdamicrovms::build", "transition": 1}'),
    ],
)
def test_a_wrong_request_to_steer_is_a_400_that_explains(
    method: str, path: str, body: Any, send: Callable[..., Any]
) -> None:
    status, _, answer = send(method, f"/microvm-sdk/{path}", body)
    assert status == 400
    assert json.loads(answer)["message"]
