"""Lifecycle hooks that the local service calls."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from werkzeug.wrappers import Request, Response

from microvm_sdk.testing import Controls

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

READY_FAILED = (
    "Ready hook check failed: the application returned a client error (HTTP 4xx) response"
)
VALIDATE_FAILED = (
    "Validate hook check failed: the application returned a server error (HTTP 5xx) response"
)
ALL = {"run": "ENABLED", "suspend": "ENABLED", "resume": "ENABLED", "terminate": "ENABLED"}
HOOKS = {
    "port": 9000,
    "microvmImageHooks": {"ready": "ENABLED", "validate": "ENABLED", "readyTimeoutInSeconds": 1},
    "microvmHooks": ALL,
}


class HookServer:
    """Software with hooks: responds with the status that a test sets."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.statuses: dict[str, list[int]] = {}
        self.on_call: Callable[[str], None] = lambda _name: None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        request = Request(environ)
        assert request.method == "POST"
        prefix, _, name = request.path.rpartition("/")
        assert prefix == "/aws/lambda-microvms/runtime/v1"
        body = request.get_data()
        self.calls.append((name, json.loads(body) if body else None))
        self.on_call(name)
        statuses = self.statuses.get(name, [200])
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        return Response(status=status)(environ, start_response)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]


@pytest.fixture
def software(controls: Controls) -> HookServer:
    software = HookServer()
    controls.serve(software, port=9000, hooks=True)
    return software


@pytest.fixture
def image(software: HookServer, create: Any, client: Any) -> Iterator[str]:
    arn = create(hooks=HOOKS)
    until(lambda: client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATED")
    software.calls.clear()
    return arn


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def until_state(client: Any, microvm: str, state: str) -> Any:
    until(lambda: client.get_microvm(microvmIdentifier=microvm)["state"] == state)
    return client.get_microvm(microvmIdentifier=microvm)


def test_build_calls_ready_until_it_is_and_then_validate(
    software: HookServer, create: Any, client: Any
) -> None:
    software.statuses["ready"] = [503, 503, 200]
    arn = create(hooks=HOOKS)
    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATING"
    until(lambda: client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATED")
    assert software.calls == [("ready", None)] * 3 + [("validate", None)]


@pytest.mark.parametrize(
    ("hook", "status", "reason"),
    [
        ("ready", 404, READY_FAILED),
        ("validate", 500, VALIDATE_FAILED),
        ("ready", 503, "Ready hook invocation timed out after PT1S"),
    ],
)
def test_hook_that_fails_fails_the_build(
    *, hook: str, status: int, reason: str, software: HookServer, create: Any, client: Any
) -> None:
    software.statuses[hook] = [status]
    arn = create(hooks=HOOKS)
    until(lambda: client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATE_FAILED")
    builds = client.list_microvm_image_builds(imageIdentifier=arn, imageVersion="1.0")["items"]
    assert {build["stateReason"] for build in builds} == {reason}


def test_build_times_out_at_once_where_nothing_listens_on_the_port(
    controls: Controls, create: Any, client: Any
) -> None:
    controls.serve(HookServer(), port=8080, hooks=True)
    arn = create(hooks=HOOKS)
    until(lambda: client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATE_FAILED")


def test_microvm_calls_its_hooks(software: HookServer, image: str, client: Any) -> None:
    microvm = client.run_microvm(imageIdentifier=image, runHookPayload="text")["microvmId"]
    until_state(client, microvm, "RUNNING")
    for operation, state in (
        ("suspend", "SUSPENDED"),
        ("resume", "RUNNING"),
        ("terminate", "TERMINATED"),
    ):
        getattr(client, f"{operation}_microvm")(microvmIdentifier=microvm)
        until_state(client, microvm, state)
    assert software.calls == [
        ("run", {"microvmId": microvm, "runHookPayload": "text"}),
        ("suspend", None),
        ("resume", None),
        ("terminate", None),
    ]


def test_microvm_that_reaches_its_maximum_duration_calls_its_terminate_hook(
    software: HookServer, image: str, client: Any, controls: Controls
) -> None:
    microvm = client.run_microvm(imageIdentifier=image, maximumDurationInSeconds=60)["microvmId"]
    until_state(client, microvm, "RUNNING")
    controls.advance_clock(61)
    until_state(client, microvm, "TERMINATED")
    until(lambda: software.names == ["run", "terminate"])


@pytest.mark.parametrize("hook", ["run", "suspend", "resume"])
def test_hook_that_fails_terminates_the_microvm(
    hook: str, software: HookServer, image: str, client: Any
) -> None:
    software.statuses[hook] = [500]
    microvm = client.run_microvm(imageIdentifier=image)["microvmId"]
    for operation, state in (("suspend", "RUNNING"), ("resume", "SUSPENDED")):
        if hook == "run":
            break
        until_state(client, microvm, state)
        getattr(client, f"{operation}_microvm")(microvmIdentifier=microvm)
        if hook == operation:
            break
    ended = until_state(client, microvm, "TERMINATED")
    expected = f"{hook.capitalize()} lifecycle hook returned HTTP status 500."
    assert ended["stateReason"].startswith(expected)


@pytest.mark.parametrize(
    ("application", "port"), [(HookServer(), 8080), ("http://127.0.0.1:9", 9000)]
)
def test_hook_on_a_port_where_nothing_listens_is_refused(
    application: Any, port: int, controls: Controls, create: Any, client: Any
) -> None:
    arn = create(hooks=HOOKS)
    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATED"
    controls.serve(application, port=port, hooks=True)
    microvm = client.run_microvm(imageIdentifier=arn)["microvmId"]
    reason = until_state(client, microvm, "TERMINATED")["stateReason"]
    assert reason.startswith("Run lifecycle hook connection was refused.")


def test_hook_that_raises_is_a_500(software: HookServer, image: str, client: Any) -> None:
    def fail(_name: str) -> None:
        raise ValueError

    software.on_call = fail
    microvm = client.run_microvm(imageIdentifier=image)["microvmId"]
    reason = until_state(client, microvm, "TERMINATED")["stateReason"]
    assert reason.startswith("Run lifecycle hook returned HTTP status 500.")


def test_hook_that_hangs_times_out(software: HookServer, image: str, client: Any) -> None:
    released = threading.Event()
    software.on_call = lambda _name: released.wait(10) and None
    microvm = client.run_microvm(imageIdentifier=image)["microvmId"]
    ended = until_state(client, microvm, "TERMINATED")
    released.set()
    assert "did not respond within 1 seconds" in ended["stateReason"]


def test_suspended_microvm_is_terminated_without_its_hook(
    software: HookServer, image: str, client: Any
) -> None:
    microvm = client.run_microvm(imageIdentifier=image)["microvmId"]
    until_state(client, microvm, "RUNNING")
    client.suspend_microvm(microvmIdentifier=microvm)
    until_state(client, microvm, "SUSPENDED")
    client.terminate_microvm(microvmIdentifier=microvm)
    until_state(client, microvm, "TERMINATED")
    assert "terminate" not in software.names


def test_hook_may_call_the_service(
    software: HookServer, image: str, client: Any, session: boto3.Session
) -> None:
    states: list[str] = []

    def look(_name: str) -> None:
        own = session.client("lambda-microvms")
        microvm = own.list_microvms()["items"][0]["microvmId"]
        states.append(own.get_microvm(microvmIdentifier=microvm)["state"])

    software.on_call = look
    microvm = client.run_microvm(imageIdentifier=image)["microvmId"]
    until_state(client, microvm, "RUNNING")
    assert states == ["PENDING"]


def test_request_that_resumes_waits_for_the_resume_hook(
    software: HookServer, image: str, client: Any, controls: Controls
) -> None:
    policy = {
        "maxIdleDurationSeconds": 60,
        "suspendedDurationSeconds": 600,
        "autoResumeEnabled": True,
    }
    microvm = client.run_microvm(imageIdentifier=image, idlePolicy=policy)["microvmId"]
    until_state(client, microvm, "RUNNING")
    controls.advance_clock(61)
    until_state(client, microvm, "SUSPENDED")
    token = client.create_microvm_auth_token(
        microvmIdentifier=microvm, expirationInMinutes=5, allowedPorts=[{"port": 8080}]
    )["authToken"]["X-aws-proxy-auth"]
    software.on_call = lambda _name: time.sleep(0.1)
    assert controls.visit(microvm, token).status == 200
    assert software.names == ["run", "suspend", "resume"]


def test_no_hook_is_called_without_the_option(controls: Controls, create: Any, client: Any) -> None:
    software = HookServer()
    controls.serve(software, port=9000)
    arn = create(hooks=HOOKS)
    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATED"
    assert software.calls == []
