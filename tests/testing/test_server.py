import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from moto.core.base_backend import AccountSpecificBackend

from microvm_sdk import ThrottlingException
from microvm_sdk.testing import MicroVMServer, mock_microvms
from microvm_sdk.testing._service.operations.images import ImageOperations

IMAGES = "/2025-09-09/microvm-images"


def error_of(response: Any) -> Any:
    """Check that a response has the service's error form; return its status and error name."""
    status, headers, body = response
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["content-type"] == "application/json"
    assert headers["x-amzn-requestid"]
    assert isinstance(json.loads(body)["message"], str)
    assert b"Traceback" not in body
    return status, headers["x-amzn-errortype"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"\xff\xfe",
        b"<xml/>",
        b"a=b&c=d",
        b"[" * 100_000,
        b'{"name": ' + b"9" * 10_000 + b"}",
        b'{"name": 1}',
        b'{"name": "\\ud800"}',
        b'{"tags": {"\\ud800": ""}}',
        b'{"codeArtifact": "text"}',
        b'{"codeArtifact": {"git": "x"}}',
        b'{"resources": {"minimumMemoryInMiB": 1}}',
        b'{"resources": [null]}',
        b'{"resources": [{"minimumMemoryInMiB": 1.5}]}',
        b'{"environmentVariables": {"KEY": null}}',
    ],
)
@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"]
)
def test_a_body_that_cannot_be_read_is_a_400(
    body: Any, content_type: str, send: Callable[..., Any]
) -> None:
    response = send("POST", IMAGES, body, **{"Content-Type": content_type})
    assert error_of(response) == (400, "SerializationException")


@pytest.mark.parametrize("body", [b"", b"{}", b" ", b'{"name": null, "unknown": 1}'])
def test_a_body_that_lacks_members_is_a_validation_exception(
    body: Any, send: Callable[..., Any]
) -> None:
    assert error_of(send("POST", IMAGES, body)) == (400, "ValidationException")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/2025-09-09/"),
        ("GET", "/2025-09-09/nonsense"),
        ("GET", "/2025-09-09//microvm-images"),
        ("GET", "/2025-09-09/../microvm-images"),
        ("GET", "/2025-09-09/%00"),
        ("GET", "/2025-09-09/microvm-images/a/b/c/d/e/f"),
        ("GET", "/2025-09-09/microvm-images/<script>alert(1)</script>"),
        ("PUT", IMAGES),
        ("DELETE", IMAGES),
        ("OPTIONS", IMAGES),
        ("BREW", IMAGES),
        ("GET", "/2025-09-09/" + "x" * 10_000),
        ("DELETE", f"{IMAGES}/arn%3Aaws%3Alambda%3Aus-east-2%3A1%3Amicrovm-image%3Aweb/versions/"),
        ("POST", "/2017-03-31/tags/arn:aws:lambda:us-east-2:123456789012:microvm-image:a/b"),
    ],
)
def test_a_path_that_is_not_an_operation_is_a_404(
    method: str, path: str, send: Callable[..., Any]
) -> None:
    assert error_of(send(method, path)) == (404, "UnknownOperationException")


@pytest.mark.parametrize(
    "path",
    [
        f"{IMAGES}?maxResults=many",
        f"{IMAGES}?maxResults=",
        f"{IMAGES}?maxResults=99",
        f"{IMAGES}?nextToken=%ff",
        f"{IMAGES}/%ff%fe",
        f"{IMAGES}/..%2F..",
        f"{IMAGES}/web",
    ],
)
def test_a_wrong_value_in_a_path_or_query_is_a_400(path: str, send: Callable[..., Any]) -> None:
    status, error = error_of(send("GET", path))
    assert status == 400
    assert error in {"ValidationException", "SerializationException"}


@pytest.mark.parametrize("megabytes", [7, 80])
def test_a_huge_body_is_a_413(megabytes: int, send: Callable[..., Any]) -> None:
    try:
        response = send("POST", IMAGES, b"x" * (megabytes << 20))
    except (BrokenPipeError, ConnectionResetError):
        # A request that is far too large is cut off while it is still being sent.
        assert megabytes > 64
    else:
        assert error_of(response) == (413, "RequestEntityTooLargeException")


def test_a_body_in_chunks_is_read(send: Callable[..., Any]) -> None:
    status, _, body = send("POST", IMAGES, iter([b'{"na', b'me": "bad name!"}']))
    assert status == 400
    assert b"bad name!" in body


def test_an_unsigned_request_is_served_for_the_default_region(send: Callable[..., Any]) -> None:
    status, _, body = send("GET", IMAGES, Authorization="")
    assert (status, json.loads(body)) == (200, {"items": [], "nextToken": None})


def test_an_internal_failure_is_an_error_of_the_service_and_logged(
    send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ImageOperations, "list_microvm_images", lambda _self, _values: 1 / 0)
    assert error_of(send("GET", IMAGES)) == (500, "InternalServerException")
    assert "ZeroDivisionError" in caplog.text


def test_times_are_seconds_to_the_millisecond(
    send: Callable[..., Any], image_request: Callable[..., Any]
) -> None:
    _, _, body = send("POST", IMAGES, json.dumps(image_request()))
    assert re.search(rb'"createdAt": \d{10}(\.\d{1,3})?,', body)


def test_a_server_has_a_port_of_its_own_and_frees_it() -> None:
    with MicroVMServer() as first, MicroVMServer() as second:
        assert first.port != second.port
        assert first.endpoint_url == f"http://127.0.0.1:{first.port}"
        port = first.port
    with MicroVMServer(port=port) as again:
        assert again.port == port
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass


def test_two_servers_share_one_state(
    connect: Callable[..., Any], image_request: Callable[..., Any]
) -> None:
    with MicroVMServer() as first:
        with MicroVMServer() as second:
            connect(second).create_microvm_image(**image_request("web"))
        assert [each["name"] for each in connect(first).list_microvm_images()["items"]] == ["web"]
        connect(first, "sqs").create_queue(QueueName="mine")
    with MicroVMServer() as third:
        assert connect(third).list_microvm_images()["items"] == []
        # moto's own list of what there is.
        listed = requests.get(f"{third.endpoint_url}/moto-api/data.json", timeout=10).json()
        assert not listed.get("sqs", {}).get("Queue")


def test_a_mock_begins_without_what_a_server_has(
    server: MicroVMServer, connect: Callable[..., Any], image_request: Callable[..., Any]
) -> None:
    connect(server).create_microvm_image(**image_request("web"))
    with mock_microvms():
        client = boto3.client("lambda-microvms", region_name="us-east-2")
        assert client.list_microvm_images()["items"] == []


def test_a_port_that_is_taken_is_an_os_error(server: MicroVMServer) -> None:
    with pytest.raises(OSError, match="in use"):
        MicroVMServer(port=server.port).start()


@pytest.mark.parametrize(
    ("port", "error", "message"),
    [
        ("5000", TypeError, "port must be an integer, got str"),
        (65_536, ValueError, "port must be 0 to 65535, got 65536"),
        (-1, ValueError, "port must be 0 to 65535, got -1"),
    ],
)
def test_port_that_cannot_exist_is_refused(port: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        MicroVMServer(port=port)


def test_repr_shows_where_the_server_is() -> None:
    server = MicroVMServer()
    assert repr(server) == "<MicroVMServer not running>"
    with server:
        assert repr(server) == f"<MicroVMServer endpoint_url={server.endpoint_url!r}>"


def test_starting_twice_is_refused_and_stopping_twice_is_not() -> None:
    server = MicroVMServer()
    with pytest.raises(RuntimeError, match="is not running"):
        _ = server.endpoint_url
    server.start()
    with pytest.raises(RuntimeError, match="already running"):
        server.start()
    server.stop()
    server.stop()


def test_a_server_changes_states_slowly_and_the_mock_does_not(
    image_request: Callable[..., Any], connect: Callable[..., Any]
) -> None:
    with MicroVMServer() as server:
        client = connect(server)
        arn = client.create_microvm_image(**image_request())["imageArn"]
        assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATING"
        server.controls.advance_clock(1)
        assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATED"
    with mock_microvms():
        client = boto3.client("lambda-microvms", region_name="us-east-2")
        arn = client.create_microvm_image(**image_request())["imageArn"]
        assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATED"


def test_moto_serves_other_services(server: MicroVMServer, connect: Callable[..., Any]) -> None:
    queues = connect(server, "sqs")
    queues.create_queue(QueueName="mine")
    assert len(queues.list_queues()["QueueUrls"]) == 1
    assert connect(server, "lambda").list_functions()["Functions"] == []


def test_requests_print_nothing(
    server: MicroVMServer, connect: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    connect(server).list_microvms()
    assert capfd.readouterr() == ("", "")


def test_ready_client_ignores_what_is_configured_on_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profile = tmp_path / "config"
    profile.write_text("[default]\nendpoint_url = http://profile.invalid\n[broken\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile))
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://variable.invalid")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    AccountSpecificBackend.get_session.cache_clear()  # As in a process that has just started.
    with MicroVMServer() as server, server.client() as client:
        assert list(client.list_microvm_images()) == []
        assert client.boto3_client.meta.region_name == "us-east-1"
        once = Config(retries={"total_max_attempts": 1})
        with server.client(region_name="eu-west-1", config=once) as other:
            server.controls.throttle()
            with pytest.raises(ThrottlingException) as caught:
                other.list_microvms().pages().__next__()
        assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
        assert other.boto3_client.meta.region_name == "eu-west-1"
    with pytest.raises(RuntimeError, match=r"is not running: call start\(\)"):
        server.client()


@pytest.mark.parametrize("target", ["http://[x", "http://[x/2025-09-09/microvm-images"])
def test_invalid_url_in_a_request_is_a_400(target: str, server: MicroVMServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.makefile("rb").readline().split()[1] == b"400"


def test_body_that_ends_too_early_is_a_400(server: MicroVMServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        head = f"POST {IMAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
        connection.sendall(head.encode() + b'{"name":')
        connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").readline().split()[1] == b"400"


def test_request_that_outlives_its_server_does_not_change_the_next_one(
    image_request: Callable[..., Any], connect: Callable[..., Any]
) -> None:
    body = json.dumps(image_request("late")).encode()
    head = f"POST {IMAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    with MicroVMServer() as first:
        connection = socket.create_connection(("127.0.0.1", first.port), timeout=10)
        connection.sendall(head.encode() + body[:10])
        # A response to another request shows that the server has accepted the first.
        assert connect(first).list_microvm_images()["items"] == []
    with connection, MicroVMServer() as second:
        connection.sendall(body[10:])
        assert connection.makefile("rb").readline().split()[1] == b"503"
        assert connect(second).list_microvm_images()["items"] == []
