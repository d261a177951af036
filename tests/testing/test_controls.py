"""Every control works in process and on a running server."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from fake_time import FakeTime
from loopback import Canned, Loopback

from microvm_sdk.testing import Controls, MicroVMServer
from microvm_sdk.testing._control_parameters import IMAGE_CHANGES, READS
from microvm_sdk.testing._control_requests import ACTIONS
from microvm_sdk.testing._scheduled_failures import Failure
from microvm_sdk.testing._service.http.service_model import service_model


@pytest.fixture(params=["in process", "server"])
def controlled(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return controls, and a client of the service that they control."""
    if request.param == "server":
        server, connect = request.getfixturevalue("server"), request.getfixturevalue("connect")
        controls = Controls(server.endpoint_url)
        controls.set_transition("lambdamicrovms::build", {"progression": "immediate"})
        return controls, connect(server)
    return request.getfixturevalue("controls"), request.getfixturevalue("client")


def test_the_next_build_fails_with_the_reason_and_the_one_after_does_not(
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    controls.fail_next_build("Build workflow was interrupted by an exception")

    def built(name: str) -> Any:
        arn = client.create_microvm_image(**image_request(name))["imageArn"]
        version = {"imageIdentifier": arn, "imageVersion": "1.0"}
        builds = client.list_microvm_image_builds(**version)["items"]
        return {build.get("stateReason") for build in builds}

    assert built("first") == {"Build workflow was interrupted by an exception"}
    assert built("second") == {None}


def test_a_build_failure_waits_for_its_image(
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    controls.fail_next_build(image="web")

    def state(name: str) -> Any:
        arn = client.create_microvm_image(**image_request(name))["imageArn"]
        return client.get_microvm_image(imageIdentifier=arn)["state"]

    assert state("other") == "CREATED"
    assert [failure["image"] for failure in controls.scheduled_failures()] == ["web"]
    assert state("web") == "CREATE_FAILED"
    assert controls.scheduled_failures() == []


def test_calls_are_throttled_as_often_as_scheduled_with_retry_after(controlled: Any) -> None:
    controls, client = controlled
    controls.throttle("ListMicrovms", times=2, retry_after=7)
    client.list_microvm_images()
    for _ in range(2):
        with pytest.raises(client.exceptions.ThrottlingException) as caught:
            client.list_microvms()
        assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"
        assert caught.value.response["retryAfterSeconds"] == 7
    client.list_microvms()


def test_boto3_retries_through_a_throttle(controlled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
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
    controls.throttle(times=1, retry_after=0)
    response = retrying.list_microvms()
    assert response["ResponseMetadata"]["RetryAttempts"] == 1


def test_capacity_runs_out(controlled: Any, image_request: Callable[..., Any]) -> None:
    controls, client = controlled
    arn = client.create_microvm_image(**image_request())["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
    controls.run_out_of_capacity()
    with pytest.raises(ClientError, match="InsufficientCapacityException"):
        client.run_microvm(imageIdentifier=arn)
    assert client.list_microvms()["items"] == []
    client.run_microvm(imageIdentifier=arn)


def test_access_is_denied_until_scheduled_failures_are_cleared(controlled: Any) -> None:
    controls, client = controlled
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
def test_any_error_of_the_service_can_be_scheduled(
    error: str, status: Any, controlled: Any
) -> None:
    controls, client = controlled
    controls.fail_calls(error, message="because")
    with pytest.raises(client.exceptions.ClientError, match="because") as caught:
        client.list_microvms()
    assert caught.value.response["Error"]["Code"] == error
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda controls: controls.fail_calls("NoSuchException"), "no error 'NoSuchException'"),
        (lambda controls: controls.throttle("NoSuch"), "no operation 'NoSuch'"),
        (
            lambda controls: controls.throttle(times=0),
            "times: Input should be greater than or equal to 1",
        ),
        (
            lambda controls: controls.fail_calls("ConflictException", retry_after=1),
            "has no Retry-After",
        ),
        (
            lambda controls: controls.fail_next_build(""),
            "reason: String should have at least 1 char",
        ),
        (lambda controls: controls.advance_clock(-1), "forward only"),
        (lambda controls: controls.advance_clock(2.6e11), "not beyond 9000"),
        (lambda controls: controls.advance_clock(1e18), "not beyond 9000"),
        (lambda controls: controls.advance_clock(float("inf")), "not beyond 9000"),
        (lambda controls: controls.advance_clock(float("nan")), "not beyond 9000"),
        (
            lambda controls: controls.set_transition("vm", {"progression": "immediate"}),
            "no transition model 'vm', only: lambdamicrovms::build",
        ),
        (
            lambda controls: controls.set_transition(
                "lambdamicrovms::build", {"progression": "time"}
            ),
            "a transition is",
        ),
        (lambda controls: controls.unset_transition("vm"), "no transition model 'vm'"),
    ],
)
def test_an_invalid_control_is_refused(
    call: Callable[..., Any], message: str, controlled: Any
) -> None:
    controls, client = controlled
    with pytest.raises(ValueError, match=message):
        call(controls)
    assert controls.scheduled_failures() == []
    assert client.list_microvms()["items"] == []


def test_the_clock_and_visits_are_controlled(
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    arn = client.create_microvm_image(**image_request())["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
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


def test_a_reset_clears_everything(controlled: Any, image_request: Callable[..., Any]) -> None:
    controls, client = controlled
    client.create_microvm_image(**image_request())
    controls.throttle("RunMicrovm")
    controls.reset()
    assert client.list_microvm_images()["items"] == []
    assert controls.scheduled_failures() == []


def test_motos_own_reset_clears_everything(
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


def test_motos_own_state_manager_controls_a_server(
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
        response = send("POST", its_path, json.dumps(body), **{"Content-Type": "application/json"})
        assert response[0] in {200, 201}

    manage("set-transition", transition)
    try:
        arn = client.create_microvm_image(**image_request())["imageArn"]
        version = {"imageIdentifier": arn, "imageVersion": "1.0"}
        states = [client.get_microvm_image_version(**version)["state"] for _ in range(4)]
        assert states == ["PENDING", "IN_PROGRESS", "IN_PROGRESS", "SUCCESSFUL"]
    finally:
        manage("unset-transition", {"model_name": "lambdamicrovms::build"})


IMPOSSIBLE = [
    ("POST", "nonsense", b"{}"),
    ("GET", "clock", b"{}"),
    ("POST", "clock%0d%0aX-Injected:%201", b"{}"),
    ("POST", "x" * 5_000, b"{}"),
    ("POST", "clock", b"not json"),
    ("POST", "clock", b"[]"),
    ("POST", "clock", b"null"),
    ("POST", "clock", b"\xff\xfe"),
    ("POST", "clock", b"[" * 60_000),
    ("POST", "clock", b'{"a":' * 10_000),
    ("POST", "clock", b"{}"),
    ("POST", "clock", b'{"seconds": 1, "minutes": 1}'),
    *(
        ("POST", "clock", b'{"seconds": %s}' % value)
        for value in (
            *(b'"x"', b'"1"', b"null", b"true", b"[1]", b"-1", b"1e308", b"1e400", b"-Infinity"),
            *(b"NaN", b"9" * 5_000, b"9" * 400),
        )
    ),
    *(
        ("POST", "failures/calls", b'{"error": "ConflictException", %s}' % member)
        for member in (
            *(b'"times": 1.5', b'"times": 0', b'"times": -1', b'"times": true', b'"times": "1"'),
            *(b'"times": 1e308', b'"operation": 1', b'"operation": "Run\\r\\nMicrovm"'),
            *(b'"message": 1', b'"message": {}', b'"retry_after": 1', b'"unknown": 1'),
        )
    ),
    ("POST", "failures/calls", b'{"error": ["x"]}'),
    ("POST", "failures/calls", b'{"error": "ConflictException\\r\\nX-Injected: 1"}'),
    *(
        ("POST", "failures/calls", b'{"error": "ThrottlingException", "retry_after": %s}' % value)
        for value in (b"-1", b"1.5", b"1e308", b'"1\\r\\nX-Injected: 1"', b"9" * 400)
    ),
    ("POST", "failures/gateway", b'{"operation": "Nonsense"}'),
    ("POST", "failures/busy-images", b'{"status_code": 500}'),
    ("POST", "failures/busy-images", b'{"status_code": "409"}'),
    ("POST", "failures/busy-images", b'{"operation": "GetMicrovmImage"}'),
    ("POST", "failures/builds", b'{"reason": ""}'),
    ("POST", "failures/builds", b'{"reason": null}'),
    ("POST", "failures/hanging-builds", b'{"image": ""}'),
    ("POST", "failures/microvms", b'{"at": "terminate", "reason": "x"}'),
    ("PUT", "concurrent-builds", b"{}"),
    ("PUT", "concurrent-builds", b'{"most": -1}'),
    ("PUT", "concurrent-builds", b'{"most": 1.5}'),
    ("PUT", "lag", b'{"reads": -1}'),
    ("PUT", "lag", b'{"reads": 1.5}'),
    ("PUT", "lag", b'{"seconds": 1e308}'),
    ("PUT", "lag", b'{"seconds": NaN}'),
    ("PUT", "lag", b'{"operation": "RunMicrovm", "reads": 1}'),
    ("DELETE", "lag", b'{"operation": "RunMicrovm"}'),
    *(
        (
            "PUT",
            "transitions",
            b'{"model": "lambdamicrovms::build", "transition": %s}' % transition,
        )
        for transition in (
            *(b"1", b"{}", b"null", b'{"progression": "sideways"}'),
            *(
                b'{"progression": "time", "seconds": %s}' % seconds
                for seconds in (b'"x"', b"-1", b"1e308", b"NaN", b"true", b"null")
            ),
            *(
                b'{"progression": "manual", "times": %s}' % times
                for times in (b'"x"', b"0", b"1.5", b"true", b"null")
            ),
            b'{"progression": "immediate", "seconds": 1}',
        )
    ),
    ("PUT", "transitions", b'{"model": ["x"], "transition": {"progression": "immediate"}}'),
    ("POST", "visits", b'{"microvm": 1}'),
    ("POST", "visits", b'{"microvm": "microvm-1", "port": 1.5}'),
]


@pytest.mark.parametrize(
    ("method", "path", "body"), IMPOSSIBLE, ids=[str(n) for n in range(len(IMPOSSIBLE))]
)
def test_an_impossible_control_request_is_a_400_with_an_explanation(
    method: str, path: str, body: Any, send: Callable[..., Any]
) -> None:
    status, headers, content = send(method, f"/microvm-sdk/{path}", body)
    message = json.loads(content)["message"]
    assert status == 400
    assert 0 < len(message) < 5_000
    assert "X-Injected" not in headers
    assert b"Traceback" not in content
    # Nothing was scheduled or set, and the service responds as before.
    status, _, content = send("GET", "/microvm-sdk/failures")
    assert (status, json.loads(content)) == (200, {"failures": []})
    assert send("GET", "/2025-09-09/microvm-images")[0] == 200


@pytest.mark.parametrize("size", [64 * 1024 + 1, 3_000_000])
def test_the_body_of_a_control_request_is_bounded(size: int, send: Callable[..., Any]) -> None:
    body = b'{"seconds": 0, "x": "' + b"x" * size + b'"}'
    for chunked in (False, True):
        status, _, content = send(
            "POST", "/microvm-sdk/clock", iter([body[:99], body[99:]]) if chunked else body
        )
        assert (status, json.loads(content)) == (
            413,
            {"message": "the body of a control request has at most 65536 bytes"},
        )


def test_a_chunked_control_request_is_read(send: Callable[..., Any]) -> None:
    chunks = iter([b'{"sec', b'onds": 0}'])
    assert send("POST", "/microvm-sdk/clock", chunks)[0] == 200


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:5000", "localhost", "http://", "http://[x", "ftp://x", "http://x y", 1]
)
def test_controls_of_an_invalid_url_are_refused(url: Any) -> None:
    with pytest.raises(ValueError, match="endpoint_url must be a URL such as"):
        Controls(url)


@pytest.mark.parametrize(
    "canned",
    [
        Canned(404, b"<html>Not found</html>", {"content-type": "text/html"}),
        Canned(400, b"<html>Bad request</html>"),
        Canned(400, {"Message": "no"}),
        Canned(403, {"message": "The host is not allowed"}),
        Canned(500, b""),
        Canned(200, b"<html>Welcome</html>"),
        Canned(200, b""),
        Canned(200, [1]),
        Canned(200, {"hello": "world"}),
        Canned(200, b"[" * 100_000),
        Canned(200, {"failures": []}, cut_at=5),
    ],
)
def test_controls_of_another_server_are_a_connection_error(
    canned: Canned, loopback: Loopback
) -> None:
    loopback.respond_with(canned)
    url = loopback.endpoint_url
    with pytest.raises(ConnectionError, match=f"there is no local service at {url}: ") as caught:
        Controls(url).scheduled_failures()
    if canned.status == 403:
        assert str(caught.value).endswith("status 403: The host is not allowed")


def test_controls_of_a_closed_port_are_a_connection_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ConnectionError, match=r"there is no local service at .*refused"):
        Controls(f"http://127.0.0.1:{port}").reset()


def test_parameters_that_are_not_json_are_refused(controlled: Any) -> None:
    controls, _ = controlled
    with pytest.raises(ValueError, match="invalid parameters"):
        controls.advance_clock(object())


def test_every_documented_control_request_exists() -> None:
    page = (Path(__file__).parents[2] / "docs" / "guides" / "testing.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:`[A-Z]+`(?:, )?)+) \| `([a-z/-]+)` \|", page, re.MULTILINE)
    documented = {
        (method, path) for methods, path in rows for method in re.findall(r"[A-Z]+", methods)
    }
    # An application cannot be sent over HTTP.
    assert documented == ACTIONS.keys() - {("PUT", "served-in-process")}


def test_every_control_is_in_the_guide() -> None:
    page = (Path(__file__).parents[2] / "docs" / "guides" / "testing.md").read_text("utf-8")
    controls = [name for name in vars(Controls) if not name.startswith("_")]
    assert [name for name in controls if not re.search(rf"\b{name}\b", page)] == []


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
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    controls.hang_next_build(image="web")
    arn = client.create_microvm_image(**image_request("web"))["imageArn"]
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


@pytest.mark.parametrize(
    ("at", "between"), [("run", "PENDING"), ("suspend", "SUSPENDING"), ("resume", "PENDING")]
)
def test_a_microvm_ends_after_an_accepted_call(
    at: Any, between: str, controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    arn = client.create_microvm_image(**image_request("web"))["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
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


@pytest.mark.parametrize(
    "case",
    [
        (None, 409, "ConflictException", "MicroVM Image is already in state: UPDATING"),
        (
            "DeleteMicrovmImage",
            400,
            "ValidationException",
            (
                "Cannot delete MicroVM image in its current state: "
                "arn:aws:lambda:us-east-2:123456789012:microvm-image:web"
            ),
        ),
    ],
)
def test_a_busy_image_refuses_changes_in_either_form(
    case: tuple[Any, Any, str, str], controlled: Any, image_request: Callable[..., Any]
) -> None:
    operation, status, code, message = case
    controls, client = controlled
    arns = [
        client.create_microvm_image(**image_request(name))["imageArn"] for name in ("web", "other")
    ]
    controls.make_image_busy("web", operation=operation, status_code=status, times=2)
    client.get_microvm_image(imageIdentifier=arns[0])
    client.get_microvm_image(imageIdentifier=arns[1])
    client.delete_microvm_image(imageIdentifier=arns[1])
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            client.delete_microvm_image(imageIdentifier=arns[0])
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert caught.value.response["Error"] == {"Code": code, "Message": message}
    client.delete_microvm_image(imageIdentifier=arns[0])


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


def test_reads_lag_behind_a_change_for_a_time(
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    controls.set_transition("lambdamicrovms::microvm", {"progression": "immediate"})
    arn = client.create_microvm_image(**image_request("web"))["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
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
    controlled: Any, image_request: Callable[..., Any]
) -> None:
    controls, client = controlled
    arn = client.create_microvm_image(**image_request("web"))["imageArn"]
    client.get_microvm_image(imageIdentifier=arn)
    controls.set_lag("GetMicrovmImage", reads=1)
    with pytest.raises(client.exceptions.ValidationException):
        client.create_microvm_image(**image_request("web"))
    client.create_microvm_image(**image_request("other"))
    client.get_microvm_image(imageIdentifier=arn)
    client.get_microvm_image(imageIdentifier=arn.replace("web", "other"))


def test_a_reset_removes_lag_and_quota(controlled: Any, image_request: Callable[..., Any]) -> None:
    controls, client = controlled
    controls.set_lag(reads=99)
    controls.limit_concurrent_builds(0)
    controls.reset()
    arn = client.create_microvm_image(**image_request("web"))["imageArn"]
    assert client.get_microvm_image(imageIdentifier=arn)["name"] == "web"
