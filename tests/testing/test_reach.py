"""Programs that know nothing of the local service, and reach its MicroVMs over TLS."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from fastapi import FastAPI, WebSocket

from microvm_sdk import CodeArtifactUri, Microvm, MicroVMClient, MicrovmState, Port
from microvm_sdk.connect import wait_until_responding
from microvm_sdk.testing import MicroVMServer

PROGRAMS = Path(__file__).parent / "programs"
PORTS = [Port(port=8080)]

app = FastAPI()


@app.get("/")
def home() -> str:
    return "hello"


@app.websocket("/live")
async def live(socket: WebSocket) -> None:
    offered = socket.scope["subprotocols"]
    await socket.accept(subprotocol="own.v1" if "own.v1" in offered else None)
    await socket.send_json(offered)
    while (text := await socket.receive_text()) != "close":
        await socket.send_text(text)
    await socket.close(4001, "as requested")


class Local:
    """A server with TLS, in which states change immediately, and FastAPI behind the endpoints."""

    def __init__(self, server: MicroVMServer, client: MicroVMClient, image: str) -> None:
        self.server = server
        self.client = client
        self.image = image

    def run(self) -> Microvm:
        return self.client.run_microvm(image_identifier=self.image)

    def headers(self, microvm: Microvm) -> dict[str, str]:
        return self.client.create_microvm_auth_token(
            microvm_identifier=microvm.microvm_id, expiration_in_minutes=5, allowed_ports=PORTS
        ).headers()

    def program(self, *command: str, **variables: str) -> str:
        done = subprocess.run(  # noqa: S603  The programs are beside this file.
            command,
            env=os.environ | self.server.environment() | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="wsproto"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture(scope="module")
def local(url: str) -> Iterator[Local]:
    with MicroVMServer(tls=True) as server, server.client() as client:
        for model in ("build", "microvm"):
            server.controls.set_transition(f"lambdamicrovms::{model}", {"progression": "immediate"})
        server.controls.serve(url)
        created = client.create_microvm_image(
            name="web",
            base_image_arn="arn:aws:lambda:us-east-1:aws:microvm-image:al2023-1",
            build_role_arn="arn:aws:iam::123456789012:role/build",
            code_artifact=CodeArtifactUri(uri="s3://artifacts/web.zip"),
        )
        client.wait_until_image_ready(image_identifier=created.image_arn)
        yield Local(server, client, created.image_arn)


@pytest.mark.parametrize("library", ["requests", "httpx", "aiohttp"])
def test_unmodified_session_manager(library: str, local: Local) -> None:
    printed = local.program(sys.executable, str(PROGRAMS / "sessions.py"), library, local.image)
    assert printed == '"hello"\n'


def test_unmodified_program_of_node(local: Local) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node is not installed")
    root = subprocess.run(  # noqa: S603  npm is the machine's.
        [npm, "root", "--global"], capture_output=True, text=True, check=False
    ).stdout.strip()
    folders = [Path(root), *map(Path, os.environ.get("NODE_PATH", "").split(os.pathsep))]
    found = [each for each in folders if (each / "@aws-sdk/client-lambda-microvms").is_dir()]
    if not found:
        pytest.skip("needs `npm install --global @aws-sdk/client-lambda-microvms`")
    program = str(PROGRAMS / "session.mjs")
    beside = str(found[0] / "program.js")
    assert local.program(node, program, local.image, SDK_FOUND_FROM=beside) == '"hello"\n'


def test_client_that_does_not_trust_the_authority_fails(local: Local) -> None:
    microvm = local.run()
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(microvm.url, timeout=10)


def test_address_of_a_terminated_microvm_responds_as_the_endpoint(local: Local) -> None:
    microvm = local.run()
    headers = local.headers(microvm)
    certificates = local.server.environment()["SSL_CERT_FILE"]
    assert requests.get(microvm.url, headers=headers, verify=certificates, timeout=10).ok
    local.client.terminate_microvm(microvm_identifier=microvm.microvm_id)
    response = requests.get(microvm.url, headers=headers, verify=certificates, timeout=10)
    assert (response.status_code, response.content) == (502, b"")
    rejected = requests.get(microvm.url, verify=certificates, timeout=10)
    assert rejected.text == "Request missing authentication"


def test_sdk_reaches_it_too(local: Local) -> None:
    assert wait_until_responding(local.client, local.run(), allowed_ports=PORTS) == 200


def test_five_hundred_microvms_share_one_thread(local: Local) -> None:
    threads = threading.active_count()
    microvms = [local.run() for _ in range(500)]
    assert len({microvm.endpoint for microvm in microvms}) == 500
    assert threading.active_count() <= threads + 2
    headers = local.headers(microvms[-1])
    certificates = local.server.environment()["SSL_CERT_FILE"]
    assert requests.get(microvms[-1].url, headers=headers, verify=certificates, timeout=10).ok


def test_silent_client_holds_up_nobody(local: Local) -> None:
    microvm = local.run()
    host, _, port = microvm.endpoint.partition(":")
    with socket.create_connection((host, int(port))):
        certificates = local.server.environment()["SSL_CERT_FILE"]
        context = ssl.create_default_context(cafile=certificates)
        with (
            socket.create_connection((host, int(port)), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname=host) as secured,
        ):
            assert secured.version() is not None


def test_environment_has_made_up_credentials_only(local: Local) -> None:
    program = (
        "import boto3; c = boto3.Session().get_credentials();"
        "print(c.access_key, c.secret_key, c.token)"
    )
    printed = local.program(sys.executable, "-c", program, AWS_ACCESS_KEY_ID="testing")
    assert printed == "testing testing testing\n"
    files = Path(local.server.environment()["AWS_CONFIG_FILE"])
    assert "testing" in files.read_text(encoding="utf-8")


def test_files_are_removed_when_the_server_stops() -> None:
    with MicroVMServer() as server:
        file = Path(server.environment()["AWS_CONFIG_FILE"])
        assert file.exists()
        variables = server.environment()
        assert "SSL_CERT_FILE" not in variables
        assert variables["AWS_SHARED_CREDENTIALS_FILE"] == variables["AWS_CONFIG_FILE"]
        assert variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "false"
    assert not file.exists()
    with pytest.raises(RuntimeError, match="is not running"):
        server.environment()


class TestWebSockets:
    """To FastAPI under uvicorn, by the SDK's own client."""

    @pytest.fixture(autouse=True)
    def _httpx2(self) -> None:
        self.errors = pytest.importorskip("httpx2.websockets", reason="needs Python 3.11")

    def open(self, local: Local, microvm: Microvm, **arguments: Any) -> Any:
        from microvm_sdk.connect import http_client  # noqa: PLC0415  The extra may be missing.

        http = http_client(local.client, microvm, allowed_ports=PORTS)
        return http.websocket("/live", **arguments)

    def test_own_subprotocol_passes_and_close_codes_arrive(self, local: Local) -> None:
        with self.open(local, local.run(), subprotocols=["own.v1"]) as live:
            assert live.subprotocol == "own.v1"
            assert live.receive_json() == ["own.v1"]
            live.send_text("x" * 50_000)
            assert live.receive_text() == "x" * 50_000
            live.send_text("close")
            with pytest.raises(self.errors.WebSocketDisconnect) as caught:
                live.receive_text()
        assert (caught.value.code, caught.value.reason) == (4001, "as requested")

    def test_proxy_names_its_own_where_the_software_chooses_none(self, local: Local) -> None:
        with self.open(local, local.run()) as live:
            assert live.subprotocol == "lambda-microvms"
            assert live.receive_json() == []

    def test_microvm_that_is_terminated_closes_it_without_a_code(self, local: Local) -> None:
        microvm = local.run()
        with self.open(local, microvm) as live:
            live.receive_json()
            local.client.terminate_microvm(microvm_identifier=microvm.microvm_id)
            with pytest.raises(self.errors.WebSocketNetworkError):
                live.receive_text()

    def test_microvm_that_does_not_run_refuses_it(self, local: Local) -> None:
        microvm = local.run()
        local.client.terminate_microvm(microvm_identifier=microvm.microvm_id)
        state = local.client.wait_until_microvm_terminated(microvm_identifier=microvm.microvm_id)
        assert state.state == MicrovmState.TERMINATED
        with pytest.raises(Exception, match=r"(?i)terminated|upgrade|502"):
            self.open(local, microvm).__enter__()
