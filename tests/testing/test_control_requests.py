"""The requests behind the controls, and controls of something that is not a local service."""

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loopback import Canned, Loopback

from microvm_sdk.testing import Controls, MicroVMServer
from microvm_sdk.testing._control_requests import ACTIONS


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda controls: controls.fail_calls("NoSuchException"),
            "error: the service has no error 'NoSuchException'",
        ),
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
        (
            lambda controls: controls.serve("http://example.com"),
            "url must be of a server on this machine, .* got 'http://example.com'",
        ),
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


@pytest.mark.parametrize(
    ("path", "body", "schedule"),
    [
        ("builds", {"output": "RUN false"}, lambda controls: controls.fail_next_build),
        ("hanging-builds", {}, lambda controls: controls.hang_next_build),
        ("calls", {"error": "ConflictException"}, lambda controls: controls.fail_calls),
        ("gateway", {}, lambda controls: controls.fail_at_gateway),
        ("lost-responses", {}, lambda controls: controls.lose_responses),
        ("busy-images", {}, lambda controls: controls.make_image_busy),
        ("microvms", {"at": "run", "reason": "R."}, lambda controls: controls.fail_next_microvm),
    ],
)
def test_parameters_may_be_left_out_as_in_python(
    path: str, body: Any, schedule: Any, server: MicroVMServer, send: Callable[..., Any]
) -> None:
    assert send("POST", f"/microvm-sdk/failures/{path}", json.dumps(body))[0] == 200
    schedule(server.controls)(**body)
    over_http, in_python = server.controls.scheduled_failures()
    assert over_http == in_python


IMPOSSIBLE = [
    ("POST", "nonsense", b"{}"),
    ("PUT", "clock", b"{}"),
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
    ("POST", "failures/lost-responses", b'{"status_code": 500}'),
    ("POST", "failures/lost-responses", b'{"operation": "Nonsense"}'),
    ("PUT", "settings", b'{"unknown": 1}'),
    *(
        ("PUT", "settings", b'{"%s": %s}' % setting)
        for setting in (
            *((b"concurrent_builds", value) for value in (b"-1", b"1.5", b'"1"')),
            *((b"boot_seconds", value) for value in (b"-1", b"1e308", b"NaN", b"null")),
            *((b"page_size", value) for value in (b"0", b"51", b"1.5", b"null")),
            *((b"extra_suspended_seconds", value) for value in (b"-1", b"1e308", b"NaN")),
            *((b"artifacts_required", value) for value in (b"1", b"null", b'"true"')),
            (b"hook_timeouts_shown", b"1"),
            (b"latest_active_version_held", b"1"),
        )
    ),
    ("PUT", "rates", b'{"operation": "Nonsense", "per_second": 1}'),
    ("PUT", "rates", b'{"per_second": 1}'),
    *(
        ("PUT", "rates", b'{"operation": "RunMicrovm", %s}' % rate)
        for rate in (
            *(b'"per_second": %s' % value for value in (b"0", b"-1", b"NaN", b"1e308", b"null")),
            *(b'"per_second": 1, "burst": %s' % value for value in (b"0", b"1.5", b"true")),
        )
    ),
    ("DELETE", "rates", b'{"operation": "Nonsense"}'),
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


def test_repr_shows_which_service_is_controlled() -> None:
    url = "http://127.0.0.1:9"
    assert (repr(Controls()), repr(Controls(url))) == (
        "<Controls in this process>",
        f"<Controls endpoint_url={url!r}>",
    )


def test_url_may_end_in_a_slash(server: MicroVMServer) -> None:
    controls = Controls(f"{server.endpoint_url}/")
    assert controls.scheduled_failures() == []
    # The server is in this process, so it can take an application.
    controls.serve(lambda _environ, _start_response: [])


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
