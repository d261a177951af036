"""Web pages cannot call the local server; programs can."""

import http.client
import json
import socket
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from microvm_sdk.testing import Controls, MicroVMServer
from microvm_sdk.testing._request_origin import reason_to_refuse

IMAGES = "/2025-09-09/microvm-images"
RESET = "/microvm-sdk/reset"
# A path of moto's own, which would respond to any origin.
MOTO = "/moto-api/data.json"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "localhost:5000",
        "LOCALHOST:5000",
        "service.localhost:5000",
        "127.0.0.1:5000",
        "127.8.8.8",
        "[::1]:5000",
        "lambda.us-east-1.amazonaws.com",
        "lambda.us-east-1.amazonaws.com.",
        "lambda.us-east-1.api.aws:443",
        "lambda.cn-north-1.amazonaws.com.cn",
        "lambda.us-iso-east-1.c2s.ic.gov",
        "0b1c2d3e.lambda-microvm.us-east-1.on.aws",
        "microvms:5000",
        "MICROVMS",
    ],
)
def test_expected_hosts_are_served(host: str) -> None:
    assert reason_to_refuse({"host": host}, {"microvms"}) is None


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:5000",
        "192.168.1.5:5000",
        "8.8.8.8",
        "[2001:db8::1]:5000",
        "localhost.attacker.example",
        "127.0.0.1.attacker.example",
        "amazonaws.com.attacker.example",
        "notamazonaws.com",
        "fakeon.aws",
        ".amazonaws.com",
        "microvms.attacker.example",
        "a:b:c",
        "[",
        "\x00",
    ],
)
def test_other_hosts_are_refused_and_the_options_that_allow_them_are_named(host: str) -> None:
    reason = reason_to_refuse({"host": host}, {"microvms"})
    assert reason is not None
    assert "--allow-host" in reason
    assert "allowed_hosts" in reason


@pytest.mark.parametrize("port", ["", ":5000"])
def test_page_of_the_server_itself_is_served(port: str) -> None:
    headers = {"host": f"127.0.0.1{port}", "origin": f"http://127.0.0.1{port}"}
    assert reason_to_refuse({**headers, "sec-fetch-site": "same-origin"}, ()) is None
    assert reason_to_refuse({"host": "localhost", "sec-fetch-site": "none"}, ()) is None


FOREIGN = [
    {"Origin": "https://attacker.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "attacker.example"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", IMAGES), ("POST", RESET), ("GET", MOTO), ("OPTIONS", MOTO)]
)
def test_requests_of_web_pages_are_a_403_on_every_path(
    method: str, path: str, headers: Any, send: Callable[..., Any]
) -> None:
    status, response_headers, body = send(method, path, **headers)
    assert status == 403
    assert "Access-Control-Allow-Origin" not in response_headers
    assert "does not serve" in json.loads(body)["message"]


def test_web_page_cannot_reset_the_service(
    server: MicroVMServer,
    send: Callable[..., Any],
    connect: Callable[..., Any],
    image_request: Callable[..., Any],
) -> None:
    connect(server).create_microvm_image(**image_request("web"))
    send("POST", RESET, Origin="https://attacker.example")
    assert len(connect(server).list_microvm_images()["items"]) == 1


def send_to(server: MicroVMServer, host: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", IMAGES, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


def test_allowed_hosts_are_served_by_name() -> None:
    with MicroVMServer(allowed_hosts=["MicroVMs", "ci.internal"]) as server:
        hosts = ("microvms:5000", "ci.internal", "other")
        assert [send_to(server, host) for host in hosts] == [200, 200, 403]
    with pytest.raises(TypeError, match="allowed_hosts must be a list of names"):
        MicroVMServer(allowed_hosts="microvms")


def test_bound_address_is_served_under_the_name_it_was_given_as() -> None:
    with MicroVMServer(host="0.0.0.0") as server:  # noqa: S104  To listen on several addresses.
        hosts = (f"0.0.0.0:{server.port}", f"127.0.0.1:{server.port}", "192.0.2.1")
        assert [send_to(server, host) for host in hosts] == [200, 200, 403]


@pytest.mark.parametrize("host", ["", " "])
def test_empty_host_is_a_value_error_because_it_would_be_every_address(host: str) -> None:
    with pytest.raises(ValueError, match="host must be an address or a name"):
        MicroVMServer(host=host)


def test_boto3_and_controls_name_the_option_in_their_errors(
    server: MicroVMServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A name of the server in a network of its own, as in a compose file.
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_settings: [address])
    url = f"http://microvms.test:{server.port}"
    client = boto3.client(
        "lambda-microvms",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(proxies={}),
    )
    with pytest.raises(ClientError, match=r"AccessDeniedException.*--allow-host"):
        client.list_microvm_images()
    with pytest.raises(ConnectionError, match="--allow-host"):
        Controls(url).reset()
