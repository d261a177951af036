"""A production program, with an HTTP client of its MicroVM, against the local service."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, redirect, request, session

from microvm_sdk import AsyncMicroVMClient, CodeArtifactUri, MicroVMClient, Port
from microvm_sdk.connect import (
    async_http_client,
    async_wait_until_responding,
    http_client,
    wait_until_responding,
)
from microvm_sdk.lifecycle import async_running, running
from microvm_sdk.testing import Controls, MicroVMServer, mock_microvms

httpx2 = pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")

pytestmark = pytest.mark.usefixtures("service_time")

REGION = "us-east-2"
PORTS = [Port(port=3000)]

app = Flask("in the MicroVM")
app.secret_key = "the application's own"


@app.get("/")
def home() -> str:
    return f"hello from {request.host}"


@app.post("/upload")
def upload() -> str:
    return str(len(request.get_data()))


@app.get("/count")
def count() -> dict[str, int]:
    session["count"] = session.get("count", 0) + 1
    return {"count": session["count"]}


@app.get("/old")
def old() -> Any:
    # Absolute, as behind a server without TLS.
    return redirect(f"http://{request.host}/")


@app.get("/stream")
def stream() -> Response:
    return Response(f"line {number}\n" for number in range(3))


@app.get("/endless")
def endless() -> Response:
    return Response(f"line {number}\n" for number in itertools.count())


@app.get("/denied")
def denied() -> Any:
    return {"message": "not yours"}, 403


@app.get("/fails")
def fails() -> None:
    msg = "a fault of the application"
    raise RuntimeError(msg)


@app.get("/breaks")
def breaks() -> Response:
    def lines() -> Iterator[str]:
        yield "line 0\n"
        fails()

    return Response(lines())


@pytest.fixture(params=["in process", "server"])
def local(request: pytest.FixtureRequest) -> Iterator[tuple[Controls, MicroVMClient]]:
    if request.param == "in process":
        with mock_microvms() as controls, MicroVMClient(region_name=REGION) as client:
            yield controls, client
        return
    with (
        MicroVMServer() as server,
        MicroVMClient(region_name=REGION, endpoint_url=server.endpoint_url) as client,
    ):
        for model in ("build", "microvm"):
            transition = {"progression": "immediate"}
            server.controls.set_transition(f"lambdamicrovms::{model}", transition)
        yield server.controls, client


@pytest.fixture
def controls(local: tuple[Controls, MicroVMClient]) -> Controls:
    controls, _ = local
    controls.serve(app, port=3000)
    return controls


@pytest.fixture
def image(local: tuple[Controls, MicroVMClient]) -> str:
    _, client = local
    created = client.create_microvm_image(
        name="web",
        base_image_arn=f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1",
        build_role_arn="arn:aws:iam::123456789012:role/build",
        code_artifact=CodeArtifactUri(uri="s3://artifacts/web.zip"),
    )
    client.wait_until_image_version_ready(
        image_identifier=created.image_arn,
        image_version=created.image_version,
        poll_interval=0.05,
    )
    return created.image_arn


@pytest.fixture
def http(local: tuple[Controls, MicroVMClient], controls: Controls, image: str) -> Iterator[Any]:
    """Do what a program does in production."""
    controls.booting(0.1)
    _, client = local
    with running(client, poll_interval=0.05, image_identifier=image) as microvm:
        status = wait_until_responding(client, microvm, allowed_ports=PORTS, poll_interval=0.05)
        assert status == 200
        with http_client(client, microvm, allowed_ports=PORTS) as http:
            yield http


def test_requests_of_every_kind(http: Any) -> None:
    assert http.get("/").text == f"hello from {http.base_url.host}"
    assert http.post("/upload", content=b"x" * 100_000).text == "100000"
    assert http.post("/upload", content=iter([b"x" * 10] * 10)).text == "100"
    assert http.post("/upload", files={"file": b"content"}).status_code == 200
    assert [http.get("/count").json()["count"] for _ in range(2)] == [1, 2]
    with http.stream("GET", "/stream") as response:
        assert list(response.iter_lines()) == ["line 0", "line 1", "line 2"]
    with http.stream("GET", "/endless") as response:
        assert next(response.iter_lines()) == "line 0"
    assert http.get("/denied").json() == {"message": "not yours"}
    assert http.get("/fails").status_code == 500
    assert http.head("/").content == b""
    with pytest.raises(httpx2.RemoteProtocolError) as caught:
        http.get("/breaks")
    assert caught.value.request.url.path == "/breaks"


def test_redirect_to_the_own_host_without_tls_is_followed(http: Any) -> None:
    response = http.get("/old", follow_redirects=True)
    assert response.text.startswith("hello")
    assert http.get("/old").headers["location"] == f"http://{http.base_url.host}/"


def test_token_that_expired_by_the_clock_of_the_local_service_is_renewed(
    http: Any, controls: Controls
) -> None:
    assert http.get("/").status_code == 200
    controls.advance_clock(20 * 60)
    assert http.get("/").status_code == 200


def test_port_that_the_token_does_not_open_is_denied(http: Any) -> None:
    transport = http._transport_for_url(http.base_url)
    transport._port = 22
    response = http.get("/")
    assert (response.status_code, response.text) == (403, "Access to port denied")


def test_websocket_is_refused(http: Any) -> None:
    websockets = pytest.importorskip("httpx2.websockets")
    with pytest.raises(websockets.WebSocketUpgradeError), http.websocket("/live"):
        pytest.fail("a WSGI application has no WebSockets")


@pytest.mark.asyncio
@pytest.mark.usefixtures("controls")
async def test_asynchronous_program(local: tuple[Controls, MicroVMClient], image: str) -> None:
    _, sync_client = local
    async with (
        AsyncMicroVMClient(client=sync_client) as client,
        async_running(client, poll_interval=0.05, image_identifier=image) as microvm,
    ):
        assert await async_wait_until_responding(client, microvm, allowed_ports=PORTS) == 200
        async with async_http_client(client, microvm, allowed_ports=PORTS) as http:
            assert (await http.get("/")).text == f"hello from {microvm.endpoint}"
            assert (await http.post("/upload", content=b"x" * 100_000)).text == "100000"
            async with http.stream("GET", "/stream") as response:
                assert [line async for line in response.aiter_lines()] == [
                    "line 0",
                    "line 1",
                    "line 2",
                ]
            async with http.stream("GET", "/endless") as response:
                assert await anext(response.aiter_lines()) == "line 0"
            with pytest.raises(httpx2.RemoteProtocolError):
                await http.get("/breaks")
