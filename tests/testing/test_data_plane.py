"""The data plane: software behind the MicroVMs' endpoints, both in process and over HTTP."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from fastapi import FastAPI
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from microvm_sdk import IdlePolicy, Microvm, MicroVMClient, Port, WaiterError
from microvm_sdk.connect import TokenSource, wait_until_responding
from microvm_sdk.connect._route import find_route
from microvm_sdk.lifecycle import running
from microvm_sdk.testing import Controls, MicroVMServer, mock_microvms

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.usefixtures("service_time")

REGION = "us-east-2"
PORTS = [Port(port=8080)]
NOTHING = (502, b"")


def echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
    """Respond with what arrives."""
    request = Request(environ)
    seen = {
        "method": request.method,
        "target": environ["REQUEST_URI"],
        "script": request.script_root,
        "from": request.remote_addr,
        "scheme": request.scheme,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": request.get_data(as_text=True),
    }
    response = Response(json.dumps(seen), 201, [("X-Own", "1"), ("X-Own", "2")])
    return response(environ, start_response)


def fail(*_: object) -> Any:
    msg = "a fault of the application"
    raise RuntimeError(msg)


class Local:
    """A local service, and requests to its MicroVMs on the way that the SDK takes."""

    def __init__(self, controls: Controls, client: MicroVMClient, image: str) -> None:
        self.controls = controls
        self.client = client
        self.image = image

    def run(self, **settings: Any) -> Microvm:
        started = self.client.run_microvm(image_identifier=self.image, **settings)
        return self.client.wait_until_microvm_running(microvm_identifier=started.microvm_id)

    def headers(self, microvm: Microvm, port: int | None = None) -> dict[str, str]:
        source = TokenSource(
            self.client, microvm_identifier=microvm.microvm_id, allowed_ports=PORTS
        )
        return source.headers(port)

    def send(
        self,
        microvm: Microvm,
        headers: dict[str, str],
        target: str = "/",
        method: str = "GET",
        body: bytes = b"",
    ) -> tuple[int, bytes]:
        status, _, content = self.send_for_headers(microvm, headers, target, method, body)
        return status, content

    def send_for_headers(
        self,
        microvm: Microvm,
        headers: dict[str, str],
        target: str = "/",
        method: str = "GET",
        body: bytes = b"",
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        route = find_route(self.client.boto3_client, microvm)
        if route.in_process is not None:
            url = f"{route.own_url}{target}"
            status, sent, chunks = route.in_process(method, url, list(headers.items()), body)
            return status, sent, b"".join(chunks)
        assert route.via is not None
        connection = http.client.HTTPConnection(route.via.removeprefix("http://"), timeout=10)
        try:
            connection.request(method, target, body, {**headers, "Host": route.endpoint})
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()


@pytest.fixture(params=["in process", "server"])
def local(
    request: pytest.FixtureRequest, session: boto3.Session, image_request: Callable[..., Any]
) -> Iterator[Local]:
    """Return a local service in which states change immediately."""
    if request.param == "server":
        server = request.getfixturevalue("server")
        controls, endpoint_url = server.controls, server.endpoint_url
        for model in ("build", "microvm"):
            controls.set_transition(f"lambdamicrovms::{model}", {"progression": "immediate"})
    else:
        controls, endpoint_url = request.getfixturevalue("controls"), None
    with MicroVMClient(session=session, endpoint_url=endpoint_url) as client:
        image = client.boto3_client.create_microvm_image(**image_request())["imageArn"]
        client.wait_until_image_ready(image_identifier=image)
        yield Local(controls, client, image)


@pytest.fixture
def url() -> Iterator[str]:
    """Serve `echo` in a thread."""
    server = make_server("127.0.0.1", 0, echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["application", "url"])
def served(request: pytest.FixtureRequest, local: Local) -> Any:
    """Serve `echo`, as an application and by its URL."""
    application = echo if request.param == "application" else request.getfixturevalue("url")
    local.controls.serve(application)
    return application


@pytest.mark.usefixtures("served")
def test_request_reaches_the_software_as_the_real_proxy_forwards_it(local: Local) -> None:
    microvm = local.run()
    headers = local.headers(microvm, 8080) | {"X-Custom": "kept", "Content-Type": "text/x-own"}
    target = "/a%2Fb/%C3%BC?q=1&q=2"
    status, received, body = local.send_for_headers(microvm, headers, target, "POST", b"hello")
    assert status == 201
    assert [value for name, value in received if name.lower() == "x-own"] == ["1", "2"]
    seen = json.loads(body)
    assert seen["headers"].pop("host") == microvm.endpoint
    assert seen["headers"]["x-custom"] == "kept"
    assert seen["headers"]["content-type"] == "text/x-own"
    assert not any("x-aws-proxy" in name for name in seen["headers"])
    del seen["headers"]
    assert seen == {
        "method": "POST",
        "target": target,
        "script": "",
        "from": "127.0.0.1",
        "scheme": "http",
        "body": "hello",
    }


def test_proxy_rejects_requests_with_its_own_messages(local: Local) -> None:
    local.controls.serve(echo)
    microvm, other = local.run(), local.run()
    own = local.headers(microvm)
    auth = "X-aws-proxy-auth"
    missing = (403, b"Request missing authentication")
    failed = (403, b"Token authentication failed")
    assert local.send(microvm, {}) == missing
    assert local.send(microvm, {auth: "invented"}) == missing
    assert local.send(other, own) == failed
    assert local.send(microvm, own | {"X-aws-proxy-port": "9000"}) == (
        403,
        b"Access to port denied",
    )
    for port in ("0", "65536", "http", "-1"):
        assert local.send(microvm, own | {"X-aws-proxy-port": port})[0] == 400
    assert local.send(microvm, own)[0] == 201
    unknown = microvm.model_copy(update={"endpoint": f"unknown.lambda-microvm.{REGION}.on.aws"})
    assert local.send(unknown, own) == failed


def test_own_responses_are_plain_text_or_empty(local: Local) -> None:
    microvm = local.run()
    _, headers, _ = local.send_for_headers(microvm, {})
    assert dict(headers)["Content-Type"].startswith("text/plain")
    status, headers, body = local.send_for_headers(microvm, local.headers(microvm))
    assert (status, body) == NOTHING
    assert "Content-Type" not in dict(headers)


def test_tokens_expire_by_the_clock_of_the_local_service(local: Local) -> None:
    local.controls.serve(echo)
    microvm = local.run()
    headers = local.headers(microvm)
    local.controls.advance_clock(15 * 60 - 5)
    assert local.send(microvm, headers)[0] == 201
    local.controls.advance_clock(10)
    assert local.send(microvm, headers) == (403, b"Token authentication failed")


def test_only_the_ports_on_which_software_listens_respond(local: Local) -> None:
    local.controls.serve(echo, port=3000)
    microvm = local.run()
    tokens = TokenSource(
        local.client,
        microvm_identifier=microvm.microvm_id,
        allowed_ports=[Port(port=3000), Port(port=8080)],
    )
    assert local.send(microvm, tokens.headers()) == NOTHING
    assert local.send(microvm, tokens.headers(3000))[0] == 201


def test_nothing_listens_behind_a_url_that_does_not_respond(local: Local) -> None:
    local.controls.serve("http://127.0.0.1:9")
    microvm = local.run()
    assert local.send(microvm, local.headers(microvm)) == NOTHING


def test_software_that_boots_responds_later(local: Local) -> None:
    local.controls.serve(echo)
    local.controls.booting(100)
    microvm = local.run()
    headers = local.headers(microvm)
    assert local.send(microvm, headers) == NOTHING
    local.controls.advance_clock(100)
    assert local.send(microvm, headers)[0] == 201


def test_suspended_and_terminated_microvms_do_not_respond(local: Local) -> None:
    local.controls.serve(echo)
    microvm = local.run()
    headers = local.headers(microvm)
    local.client.suspend_microvm(microvm_identifier=microvm.microvm_id)
    assert local.send(microvm, headers) == NOTHING
    local.client.resume_microvm(microvm_identifier=microvm.microvm_id)
    local.client.wait_until_microvm_running(microvm_identifier=microvm.microvm_id)
    assert local.send(microvm, headers)[0] == 201
    local.client.terminate_microvm(microvm_identifier=microvm.microvm_id)
    assert local.send(microvm, headers) == NOTHING


def test_request_resumes_a_microvm_and_counts_as_traffic(local: Local) -> None:
    local.controls.serve(echo)
    policy = IdlePolicy(
        max_idle_duration_seconds=60,
        suspended_duration_seconds=3600,
        auto_resume_enabled=True,
    )
    microvm = local.run(idle_policy=policy)
    headers = local.headers(microvm)

    def state() -> str:
        return local.client.get_microvm(microvm_identifier=microvm.microvm_id).state

    for _ in range(3):
        local.controls.advance_clock(50)
        assert local.send(microvm, headers)[0] == 201
    assert state() == "RUNNING"
    local.controls.advance_clock(61)
    assert state() == "SUSPENDED"
    assert local.send(microvm, headers)[0] == 201
    assert state() == "RUNNING"


def test_every_part_of_a_response_counts_as_traffic(controls: Controls) -> None:
    def stream(_: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [])
        for _ in range(3):
            controls.advance_clock(50)
            yield b"part"

    controls.serve(stream)
    policy = IdlePolicy(
        max_idle_duration_seconds=60, suspended_duration_seconds=60, auto_resume_enabled=False
    )
    with MicroVMClient(region_name=REGION) as client:
        local = Local(controls, client, create(client))
        microvm = local.run(idle_policy=policy)
        assert local.send(microvm, local.headers(microvm)) == (200, b"part" * 3)
        state = client.get_microvm(microvm_identifier=microvm.microvm_id).state
        assert state == "RUNNING"


def create(client: MicroVMClient) -> str:
    request: Any = {
        "name": "web",
        "baseImageArn": f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1",
        "buildRoleArn": "arn:aws:iam::123456789012:role/build",
        "codeArtifact": {"uri": "s3://artifacts/web.zip"},
    }
    return client.boto3_client.create_microvm_image(**request)["imageArn"]


def test_application_that_fails_is_a_500_with_its_traceback_in_the_log(
    local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    local.controls.serve(fail)
    microvm = local.run()
    assert local.send(microvm, local.headers(microvm))[0] == 500
    assert "a fault of the application" in caplog.text


def test_websocket_to_a_wsgi_application_is_refused_with_a_message(local: Local) -> None:
    local.controls.serve(echo)
    microvm = local.run()
    upgrade = {"Upgrade": "websocket", "Connection": "upgrade"}
    assert local.send(microvm, upgrade) == (403, b"Request missing authentication")
    status, body = local.send(microvm, upgrade | local.headers(microvm))
    assert status == 501
    assert body == b"WebSockets need MicroVMServer, and Controls.serve with the URL of a server"


@pytest.mark.usefixtures("served")
def test_software_sees_no_header_of_the_proxy_but_a_request_id(local: Local) -> None:
    microvm = local.run()
    headers = local.headers(microvm) | {"X-aws-proxy-anything": "1"}
    seen = json.loads(local.send(microvm, headers)[1])["headers"]
    assert not any(name.startswith("x-aws-proxy") for name in seen)
    assert seen["x-amzn-requestid"]


@pytest.mark.usefixtures("served")
def test_http2_is_refused_by_software_that_does_not_speak_it(local: Local) -> None:
    microvm = local.run()
    headers = local.headers(microvm) | {"X-aws-proxy-force-h2": "true"}
    assert local.send(microvm, headers) == NOTHING


def test_http2_reaches_software_that_speaks_it(local: Local) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def respond() -> None:
            # What a server that speaks both sends: SETTINGS to the probe, HTTP/1.1 to the request.
            for answer in (bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]), b"HTTP/1.0 200 OK\r\n\r\nyes"):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(answer)

        thread = threading.Thread(target=respond, daemon=True)
        thread.start()
        local.controls.serve(f"http://127.0.0.1:{listener.getsockname()[1]}")
        microvm = local.run()
        headers = local.headers(microvm) | {"X-aws-proxy-force-h2": "true"}
        assert local.send(microvm, headers) == (200, b"yes")
        thread.join()


def test_shell_token_over_http_is_a_502(local: Local) -> None:
    local.controls.serve(echo)
    connectors = [
        f"arn:aws:lambda:{REGION}:aws:network-connector:aws-network-connector:{name}"
        for name in ("HTTP_INGRESS", "SHELL_INGRESS")
    ]
    microvm = local.run(ingress_network_connectors=connectors)
    token = local.client.create_microvm_shell_auth_token(
        microvm_identifier=microvm.microvm_id, expiration_in_minutes=5
    )
    assert local.send(microvm, token.headers()) == NOTHING


@pytest.mark.usefixtures("served")
def test_host_is_found_in_any_case(local: Local) -> None:
    microvm = local.run()
    headers = local.headers(microvm)
    shouted = microvm.model_copy(update={"endpoint": microvm.endpoint.upper()})
    assert local.send(shouted, headers)[0] == 201


def test_resumed_microvm_is_pending_although_the_request_reaches_it(local: Local) -> None:
    local.controls.serve(echo)
    policy = IdlePolicy(
        max_idle_duration_seconds=60, suspended_duration_seconds=600, auto_resume_enabled=True
    )
    microvm = local.run(idle_policy=policy)
    headers = local.headers(microvm)
    local.client.suspend_microvm(microvm_identifier=microvm.microvm_id)
    assert local.client.get_microvm(microvm_identifier=microvm.microvm_id).state == "SUSPENDED"
    local.controls.set_transition("lambdamicrovms::microvm", {"progression": "manual", "times": 2})
    states = []
    for _ in range(3):
        assert local.send(microvm, headers)[0] == 201
        states.append(local.client.get_microvm(microvm_identifier=microvm.microvm_id).state)
    assert states == ["PENDING", "RUNNING", "RUNNING"]


@pytest.mark.parametrize("head", ["Transfer-Encoding: chunked", "Content-Length: 100"])
def test_response_that_breaks_off_is_not_complete(local: Local, head: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def respond() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n5\r\nfirst\r\n".encode())

        thread = threading.Thread(target=respond, daemon=True)
        thread.start()
        local.controls.serve(f"http://127.0.0.1:{listener.getsockname()[1]}")
        microvm = local.run()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            local.send(microvm, local.headers(microvm))
        thread.join()


def test_application_that_fails_midway_breaks_off(local: Local) -> None:
    def fail_midway(_: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"first"
        fail()

    local.controls.serve(fail_midway)
    microvm = local.run()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        local.send(microvm, local.headers(microvm))


def test_asgi_application_is_refused_with_the_way_that_works(local: Local) -> None:
    with pytest.raises(TypeError, match="pass its URL"):
        local.controls.serve(FastAPI())  # type: ignore[arg-type]


@mock_microvms()
def test_requests_reaches_the_endpoint_in_process() -> None:
    controls = Controls()
    controls.serve(echo)
    with MicroVMClient(region_name=REGION) as client:
        local = Local(controls, client, create(client))
        microvm = local.run()
        url = f"{microvm.url}/a%2Fb?q=1"
        response = requests.post(url, b"hello", headers=local.headers(microvm), timeout=10)
        assert response.status_code == 201
        assert (response.json()["target"], response.json()["body"]) == ("/a%2Fb?q=1", "hello")
        assert response.headers["X-Own"] == "1, 2"
        assert requests.get(microvm.url, timeout=10).text == "Request missing authentication"


def test_microvm_is_reached_under_a_path_of_the_server_too(
    server: MicroVMServer, send: Callable[..., Any], image_request: Callable[..., Any]
) -> None:
    server.controls.serve(echo)
    with MicroVMClient(region_name=REGION, endpoint_url=server.endpoint_url) as client:
        image = client.boto3_client.create_microvm_image(**image_request())["imageArn"]
        client.wait_until_image_ready(image_identifier=image)
        local = Local(server.controls, client, image)
        microvm = local.run()
        headers = local.headers(microvm)
    prefix = f"/microvm-sdk/microvms/{microvm.microvm_id}"
    for target, inside in (("/a%2Fb?q=1", "/a%2Fb?q=1"), ("", "/"), ("?q=1", "/?q=1")):
        status, _, body = send("GET", prefix + target, **headers)
        seen = json.loads(body)
        assert (status, seen["target"], seen["script"]) == (201, inside, prefix)
    assert send("GET", prefix)[0] == 403


def test_server_in_another_process_takes_urls_only() -> None:
    with pytest.raises(TypeError, match="takes the URL of a server"):
        Controls("http://127.0.0.1:9").serve(echo)


@pytest.mark.parametrize("url", ["", "ftp://a", "127.0.0.1:80", "http://", "http://a?b"])
def test_other_urls_are_refused(local: Local, url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        local.controls.serve(url)


@pytest.mark.parametrize("port", [0, 65_536])
def test_port_must_be_one(local: Local, port: int) -> None:
    with pytest.raises(ValueError, match="port"):
        local.controls.serve(echo, port=port)
    with pytest.raises(ValueError, match="port"):
        local.controls.serve("http://127.0.0.1:80", port=port)


@pytest.mark.parametrize("seconds", [-1, float("inf")])
def test_boot_time_must_be_possible(local: Local, seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        local.controls.booting(seconds)


def test_reset_removes_the_software() -> None:
    with mock_microvms() as controls:
        controls.serve(echo)
        controls.booting(100)
    with mock_microvms() as controls, MicroVMClient(region_name=REGION) as client:
        local = Local(controls, client, create(client))
        microvm = local.run()
        assert local.send(microvm, local.headers(microvm)) == NOTHING
        controls.serve(echo)
        assert local.send(microvm, local.headers(microvm))[0] == 201


@mock_microvms
def test_decorated_function_stays_in_the_process_too() -> None:
    with MicroVMClient(region_name=REGION, endpoint_url="http://127.0.0.1:9") as client:
        microvm = Microvm.model_construct(endpoint="a.on.aws", microvm_id="microvm-1")
        for via in (None, "http://emulator"):
            assert find_route(client.boto3_client, microvm, via).in_process is not None


def test_outside_of_the_mock_requests_leave_the_process() -> None:
    with MicroVMClient(region_name=REGION) as client:
        microvm = Microvm.model_construct(endpoint="a.on.aws", microvm_id="microvm-1")
        assert find_route(client.boto3_client, microvm).target == "https://a.on.aws"


def test_program_of_production_runs_against_the_local_service(local: Local) -> None:
    local.controls.serve(echo)
    local.controls.booting(0.3)
    with running(local.client, image_identifier=local.image) as microvm:
        assert wait_until_responding(local.client, microvm, allowed_ports=PORTS) == 201
    with pytest.raises(WaiterError, match="TERMINATED"):
        wait_until_responding(local.client, microvm, allowed_ports=PORTS)
