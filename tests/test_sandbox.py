"""The sandbox service of the guide, against the local service, with software that runs nothing."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import uvicorn
from fastapi import FastAPI, Request, WebSocket
from fastapi.testclient import TestClient

from microvm_sdk.testing import MicroVMServer

pytest.importorskip("httpx2", reason="the extra `connect` needs Python 3.11")
import sandbox

software = FastAPI()


@software.post("/run")
async def run(request: Request) -> str:
    return f"ran {(await request.body()).decode()}"


@software.websocket("/terminal")
async def terminal(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        await websocket.send_text(f"$ {await websocket.receive_text()}")


@pytest.fixture(scope="module")
def software_url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(software, log_level="critical", ws="wsproto"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def aws(software_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return plain boto3 for the local service, which has an image of the software."""
    with MicroVMServer() as server:
        server.controls.serve(software_url)
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint_url)
        client: Any = boto3.client("lambda-microvms")
        for model in ("build", "microvm"):
            server.controls.set_transition(f"lambdamicrovms::{model}", {"progression": "immediate"})
        image = client.create_microvm_image(
            name="sandbox",
            baseImageArn="arn:aws:lambda:eu-west-1:aws:microvm-image:al2023-1",
            buildRoleArn="arn:aws:iam::123456789012:role/build",
            codeArtifact={"uri": "s3://artifacts/sandbox.zip"},
        )["imageArn"]
        monkeypatch.setenv("SANDBOX_IMAGE", image)
        yield client


def states(aws: Any) -> list[str]:
    return [microvm["state"] for microvm in aws.list_microvms()["items"]]


def test_code_runs_in_a_sandbox_and_a_terminal_is_connected(aws: Any) -> None:
    with TestClient(sandbox.app) as user:
        path = f"/sandboxes/{user.post('/sandboxes').json()['id']}"
        assert user.post(f"{path}/run", content="print(1)").text == '"ran print(1)"'
        with user.websocket_connect(f"{path}/terminal") as typed:
            typed.send_text("ls")
            assert typed.receive_text() == "$ ls"
        assert states(aws) == ["RUNNING"]
        assert user.delete(path).status_code == 204
        assert states(aws) == ["TERMINATED"]
        assert user.post(f"{path}/run", content="print(1)").status_code == 404


def test_shutdown_leaves_nothing_running(aws: Any) -> None:
    with TestClient(sandbox.app) as user:
        for _ in range(3):
            user.post("/sandboxes")
        assert states(aws) == ["RUNNING"] * 3
    assert states(aws) == ["TERMINATED"] * 3


def test_number_of_sandboxes_is_bounded(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MOST", 1)
    with TestClient(sandbox.app) as user:
        user.post("/sandboxes")
        refused = user.post("/sandboxes")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
        assert states(aws) == ["RUNNING"]


def test_sandbox_that_has_ended_is_gone(aws: Any) -> None:
    with TestClient(sandbox.app) as user:
        sandbox_id = user.post("/sandboxes").json()["id"]
        aws.terminate_microvm(microvmIdentifier=sandbox_id)
        status = user.post(f"/sandboxes/{sandbox_id}/run", content="print(1)").status_code
        assert status == 410
