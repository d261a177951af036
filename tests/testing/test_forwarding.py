"""How requests are forwarded to the software in MicroVMs, and its responses back."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
from local_endpoints import MISSING, NOTHING, POLICY, LocalEndpoints, echo
from werkzeug.serving import make_server

from microvm_sdk import Microvm, MicroVMClient
from microvm_sdk.connect._route import find_route
from microvm_sdk.testing import mock_microvms

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.usefixtures("service_time")

REGION = "us-east-2"


def fail(*_: object) -> Any:
    msg = "a fault of the application"
    raise RuntimeError(msg)


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
def served(request: pytest.FixtureRequest, local: LocalEndpoints) -> Any:
    """Serve `echo`, as an application and by its URL."""
    application = echo if request.param == "application" else request.getfixturevalue("url")
    local.controls.serve(application)
    return application


@contextmanager
def responding(*responses: bytes) -> Iterator[str]:
    """Send these bytes to the connections in turn, and return the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def respond() -> None:
            for response in responses:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(response)

        thread = threading.Thread(target=respond, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.usefixtures("served")
def test_request_reaches_the_software_as_the_real_proxy_forwards_it(local: LocalEndpoints) -> None:
    microvm = local.run()
    own = {"X-Custom": "kept", "Content-Type": "text/x-own", "X-aws-proxy-anything": "1"}
    headers = local.headers(microvm, port=8080) | own
    target = "/a%2Fb/%C3%BC?q=1&q=2"
    status, received, body = local.send_for_headers(microvm, headers, target, "POST", b"hello")
    assert status == 201
    assert [value for name, value in received if name.lower() == "x-own"] == ["1", "2"]
    seen = json.loads(body)
    inside = seen.pop("headers")
    assert inside["host"] == microvm.endpoint
    assert inside["x-custom"] == "kept"
    assert inside["content-type"] == "text/x-own"
    assert inside["x-amzn-requestid"]
    assert not any(name.startswith("x-aws-proxy") for name in inside)
    assert seen == {
        "method": "POST",
        "target": target,
        "script": "",
        "from": "127.0.0.1",
        "scheme": "http",
        "body": "hello",
    }


def test_headers_of_one_connection_are_not_forwarded(local: LocalEndpoints, url: str) -> None:
    local.controls.serve(url)
    microvm = local.run()
    names = ("Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer")
    headers = local.headers(microvm) | dict.fromkeys(names, "x")
    seen = json.loads(local.send(microvm, headers)[1])["headers"]
    assert seen.keys().isdisjoint(map(str.lower, names))


def test_nothing_listens_behind_a_url_that_does_not_respond(local: LocalEndpoints) -> None:
    local.controls.serve("http://127.0.0.1:9")
    assert local.send(local.run()) == NOTHING


def test_every_part_of_a_response_counts_as_traffic(local: LocalEndpoints) -> None:
    def stream(_: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [])
        for _ in range(3):
            local.controls.advance_clock(50)
            yield b"part"

    local.controls.serve(stream)
    microvm = local.run(idle_policy=POLICY)
    assert local.send(microvm) == (200, b"part" * 3)
    assert local.state(microvm) == "RUNNING"


def test_application_that_fails_is_a_500_with_its_traceback_in_the_log(
    local: LocalEndpoints, caplog: pytest.LogCaptureFixture
) -> None:
    local.controls.serve(fail)
    assert local.send(local.run())[0] == 500
    assert "a fault of the application" in caplog.text


def test_application_that_fails_midway_breaks_off(local: LocalEndpoints) -> None:
    def fail_midway(_: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"first"
        fail()

    local.controls.serve(fail_midway)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        local.send(local.run())


@pytest.mark.parametrize("head", [b"Transfer-Encoding: chunked", b"Content-Length: 100"])
def test_response_that_breaks_off_is_not_complete(local: LocalEndpoints, head: bytes) -> None:
    with responding(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n5\r\nfirst\r\n") as url:
        local.controls.serve(url)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            local.send(local.run())


def test_websocket_to_a_wsgi_application_is_refused_with_a_message(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    microvm = local.run()
    upgrade = {"Upgrade": "websocket", "Connection": "upgrade"}
    assert local.send(microvm, upgrade) == MISSING
    status, body = local.send(microvm, upgrade | local.headers(microvm))
    assert status == 501
    assert body == b"WebSockets need MicroVMServer, and Controls.serve with the URL of a server"


@pytest.mark.usefixtures("served")
def test_http2_is_refused_by_software_that_does_not_speak_it(local: LocalEndpoints) -> None:
    microvm = local.run()
    headers = local.headers(microvm) | {"X-aws-proxy-force-h2": "true"}
    assert local.send(microvm, headers) == NOTHING


def test_http2_reaches_software_that_speaks_it(local: LocalEndpoints) -> None:
    # A server that speaks both sends SETTINGS to the probe, and HTTP/1.1 to the request.
    settings = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    with responding(settings, b"HTTP/1.0 200 OK\r\n\r\nyes") as url:
        local.controls.serve(url)
        microvm = local.run()
        headers = local.headers(microvm) | {"X-aws-proxy-force-h2": "true"}
        assert local.send(microvm, headers) == (200, b"yes")


@pytest.mark.parametrize("local", ["in process"], indirect=True)
def test_requests_reaches_the_endpoint_in_process(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    microvm = local.run()
    url = f"{microvm.url}/a%2Fb?q=1"
    response = requests.post(url, b"hello", headers=local.headers(microvm), timeout=10)
    assert response.status_code == 201
    assert (response.json()["target"], response.json()["body"]) == ("/a%2Fb?q=1", "hello")
    assert response.headers["X-Own"] == "1, 2"
    assert requests.get(microvm.url, timeout=10).text == "Request missing authentication"


@pytest.mark.parametrize("local", ["server"], indirect=True)
def test_microvm_is_reached_under_a_path_of_the_server_too(
    local: LocalEndpoints, send: Any
) -> None:
    local.controls.serve(echo)
    microvm = local.run()
    headers = local.headers(microvm)
    prefix = f"/microvm-sdk/microvms/{microvm.microvm_id}"
    for target, inside in (("/a%2Fb?q=1", "/a%2Fb?q=1"), ("", "/"), ("?q=1", "/?q=1")):
        status, _, body = send("GET", prefix + target, **headers)
        seen = json.loads(body)
        assert (status, seen["target"], seen["script"]) == (201, inside, prefix)
    assert send("GET", prefix)[0] == 403


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
