"""The sandbox service of the guide, against the local service, with software that runs nothing."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket

from microvm_sdk import CodeArtifactUri, MicroVMClient, MicrovmState
from microvm_sdk.arns import managed_image_arn
from microvm_sdk.testing import MicroVMServer

pytest.importorskip("httpx2", reason="the extra `connect` needs Python 3.11")
import sandbox
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

RUNNING, TERMINATED = MicrovmState.RUNNING, MicrovmState.TERMINATED

software = FastAPI()


@software.post("/run")
async def run(request: Request) -> Response:
    code = await request.body()
    if code == b"hang":
        await asyncio.sleep(1)
    if code == b"fail":
        return Response(status_code=400)
    return Response(b"x" * 2_000_000 if code == b"flood" else b"ran " + code)


@software.websocket("/terminal")
async def terminal(websocket: WebSocket) -> None:
    await websocket.accept()
    while (typed := await websocket.receive_text()) != "exit":
        await websocket.send_text(f"$ {typed}")
    await websocket.close()


@pytest.fixture(scope="module")
def software_url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(software, log_level="critical", ws="wsproto"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(autouse=True)
def server(software_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MicroVMServer]:
    """Return a local service that has an image of the software, and takes the place of AWS."""
    with MicroVMServer() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        for model in ("build", "microvm"):
            server.controls.set_transition(f"lambdamicrovms::{model}", {"progression": "immediate"})
        server.controls.serve(software_url)
        with server.client() as client:
            image = client.create_microvm_image(
                name="sandbox",
                base_image_arn=managed_image_arn("al2023-1", region="us-east-1"),
                build_role_arn="arn:aws:iam::123456789012:role/build",
                code_artifact=CodeArtifactUri(uri="s3://artifacts/sandbox.zip"),
            )
        monkeypatch.setenv("SANDBOX_IMAGE", image.image_arn)
        yield server


@pytest.fixture
def client(server: MicroVMServer) -> Iterator[MicroVMClient]:
    with server.client() as client:
        yield client


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(sandbox, "MOST", 3)
    monkeypatch.setattr(sandbox, "BETWEEN_CHECKS", 0.1)
    with TestClient(sandbox.app) as user:
        yield user


def start(user: TestClient) -> str:
    return f"/sandboxes/{user.post('/sandboxes').json()['id']}"


def states(client: MicroVMClient) -> list[object]:
    return [microvm.state for microvm in client.list_microvms()]


def test_a_sandbox_runs_code_until_it_is_deleted(user: TestClient, client: MicroVMClient) -> None:
    path = start(user)
    assert user.post(f"{path}/run", content="1 + 1").content == b"ran 1 + 1"
    assert states(client) == [RUNNING]
    assert user.delete(path).status_code == 204
    assert states(client) == [TERMINATED]
    assert user.post(f"{path}/run").status_code == 404


def test_either_side_ends_a_terminal(user: TestClient) -> None:
    path = f"{start(user)}/terminal"
    with user.websocket_connect(path) as user_ends:
        user_ends.send_text("ls")
        assert user_ends.receive_text() == "$ ls"
    with user.websocket_connect(path) as software_ends:
        software_ends.send_text("exit")
        assert software_ends.receive()["type"] == "websocket.close"


def test_there_is_no_terminal_without_a_sandbox(user: TestClient) -> None:
    path = start(user)
    user.delete(path)
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        user.websocket_connect(f"{path}/terminal"),
    ):
        pytest.fail("connected")
    assert denied.value.status_code == 404


def test_shutdown_leaves_nothing_running(client: MicroVMClient) -> None:
    with TestClient(sandbox.app) as user:
        for _ in range(3):
            start(user)
        assert states(client) == [RUNNING] * 3
    assert states(client) == [TERMINATED] * 3


def test_a_sandbox_that_has_ended_makes_room(user: TestClient, client: MicroVMClient) -> None:
    paths = [start(user) for _ in range(sandbox.MOST)]
    refused = user.post("/sandboxes")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    client.terminate_microvm(microvm_identifier=paths[0].rpartition("/")[2])
    deadline = time.monotonic() + 10
    while user.post("/sandboxes").status_code != 201:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert user.post(f"{paths[0]}/run").status_code == 404


def test_a_sandbox_that_has_just_ended_is_gone(
    user: TestClient, client: MicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "BETWEEN_CHECKS", 60)
    path = start(user)
    client.terminate_microvm(microvm_identifier=path.rpartition("/")[2])
    assert user.post(f"{path}/run").status_code == 410


@pytest.mark.parametrize(("code", "status"), [("flood", 502), ("fail", 502), ("hang", 504)])
def test_output_is_not_trusted(
    user: TestClient, monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    monkeypatch.setattr(sandbox, "RUN", 0.5)
    assert user.post(f"{start(user)}/run", content=code).status_code == status


def test_without_capacity_the_user_is_told_to_try_again(
    user: TestClient, server: MicroVMServer
) -> None:
    server.controls.run_out_of_capacity(times=None)
    refused = user.post("/sandboxes")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")


def test_a_sandbox_that_does_not_start_is_terminated(
    user: TestClient, server: MicroVMServer, client: MicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "BOOT", 0.2)
    server.controls.booting(60)
    assert user.post("/sandboxes").status_code == 502
    assert states(client) == [TERMINATED]
