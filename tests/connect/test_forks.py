"""A fork in the middle of every operation leaves the parent and the child working."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from microvm_sdk import AsyncMicroVMClient, AuthToken, Microvm, MicroVMClient, Port
from microvm_sdk.connect import (
    AsyncTokenSource,
    TokenSource,
    async_http_client,
    http_client,
    wait_until_responding,
)

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system"),
    # Python 3.12 and newer warn of what is tested here.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]

PORTS = [Port(port=8080)]
SECONDS = 10


def in_child(function: Callable[[], object]) -> bool:
    """Fork, and return whether a function succeeds in the child."""
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(SECONDS)
            function()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


class Held:
    """A renewal that other threads make until it is let go."""

    def __init__(self, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.create = client.create_microvm_auth_token
        monkeypatch.setattr(client, "create_microvm_auth_token", self)
        self.process = os.getpid()

    def __call__(self, **parameters: Any) -> AuthToken:
        if os.getpid() == self.process and not self.go_on.is_set():
            self.begun.set()
            assert self.go_on.wait(SECONDS)
        created: AuthToken = self.create(**parameters)
        return created


@pytest.fixture
def held(production: MicroVMClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held = Held(production, monkeypatch)
    yield held
    held.go_on.set()


def token(source: TokenSource) -> None:
    assert source.headers()["X-aws-proxy-auth"].startswith("token-")


@pytest.mark.parametrize("is_renewal", [False, True])
def test_fork_while_another_thread_gets_a_token(
    production: MicroVMClient, held: Held, is_renewal: bool
) -> None:
    source = TokenSource(production, microvm_identifier="microvm-1", allowed_ports=PORTS)
    if is_renewal:
        held.go_on.set()
        source.invalidate(source.token())
        held.go_on.clear()
    thread = threading.Thread(target=token, args=(source,))
    thread.start()
    assert held.begun.wait(SECONDS)
    assert in_child(lambda: token(source))
    held.go_on.set()
    thread.join(SECONDS)
    token(source)


def test_fork_in_the_thread_that_gets_a_token(
    production: MicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = production.create_microvm_auth_token
    source = TokenSource(production, microvm_identifier="microvm-1", allowed_ports=PORTS)
    children = []

    def create_and_fork(**parameters: Any) -> AuthToken:
        if not children:
            children.append(True)
            assert in_child(lambda: token(source))
        return create(**parameters)

    monkeypatch.setattr(production, "create_microvm_auth_token", create_and_fork)
    token(source)
    assert children


def test_fork_while_a_task_gets_a_token(production: MicroVMClient, held: Held) -> None:
    client = AsyncMicroVMClient(client=production)
    source = AsyncTokenSource(client, microvm_identifier="microvm-1", allowed_ports=PORTS)

    class Created(AsyncMicroVMClient):
        async def create_microvm_auth_token(self, **parameters: Any) -> AuthToken:
            return await asyncio.to_thread(production.create_microvm_auth_token, **parameters)

    source._client = Created(client=production)

    def in_a_loop() -> None:
        assert asyncio.run(source.headers())["X-aws-proxy-auth"].startswith("token-")

    thread = threading.Thread(target=in_a_loop)
    thread.start()
    assert held.begun.wait(SECONDS)
    assert in_child(in_a_loop)
    held.go_on.set()
    thread.join(SECONDS)
    in_a_loop()


class TestHttp:
    @pytest.fixture
    def url(self) -> Iterator[str]:
        pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
        pytest.importorskip("trustme")
        from endpoint import serving_endpoint  # noqa: PLC0415  It needs the extra.
        from loopback import Canned  # noqa: PLC0415  Beside the one above.

        with serving_endpoint() as endpoint:

            def respond(request: Any) -> Canned:
                time.sleep(0.3 if request.path == "/slow" else 0)
                return Canned(body=request.path.encode())

            endpoint.respond = respond
            yield f"http://{endpoint.host}"

    @pytest.mark.parametrize("path", ["/slow", "/"])
    def test_fork_while_another_thread_sends_a_request(
        self, production: MicroVMClient, microvm: Microvm, url: str, path: str
    ) -> None:
        with http_client(production, microvm, allowed_ports=PORTS, via=url) as http:
            received: list[str] = []
            thread = threading.Thread(target=lambda: received.append(http.get(path).text))
            thread.start()
            time.sleep(0.1)

            def get() -> None:
                texts = [http.get(f"/{number}").text for number in range(3)]
                assert texts == ["/0", "/1", "/2"]

            assert in_child(get)
            get()
            thread.join(SECONDS)
            assert received == [path]

    def test_fork_while_a_task_sends_a_request(
        self, async_production: AsyncMicroVMClient, microvm: Microvm, url: str
    ) -> None:
        http = async_http_client(async_production, microvm, allowed_ports=PORTS, via=url)

        async def get(path: str) -> None:
            for _ in range(2):
                assert (await http.get(path)).text == path

        async def get_and_fork() -> None:
            request = asyncio.create_task(get("/slow"))
            await asyncio.sleep(0.1)
            assert await asyncio.to_thread(in_child, lambda: asyncio.run(get("/child")))
            await request
            await http.aclose()

        asyncio.run(get_and_fork())

    def test_fork_while_another_thread_waits_for_the_software(
        self,
        production: MicroVMClient,
        microvm: Microvm,
        url: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        from microvm_sdk.connect._route import Route  # noqa: PLC0415  The test's own.

        responding = "microvm_sdk.connect._sync.responding.find_route"
        monkeypatch.setattr(responding, lambda *_: Route(microvm.endpoint, via=url))

        def wait(path: str) -> None:
            assert wait_until_responding(production, microvm, allowed_ports=PORTS, path=path) == 200

        thread = threading.Thread(target=wait, args=("/slow",))
        thread.start()
        time.sleep(0.1)
        assert in_child(lambda: wait("/"))
        wait("/")
        thread.join(SECONDS)

    def test_given_transport_is_kept(self, production: MicroVMClient, microvm: Microvm) -> None:
        httpx2 = pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
        transport = httpx2.MockTransport(lambda _: httpx2.Response(204))

        def get() -> None:
            assert http.get("/").status_code == 204

        with http_client(production, microvm, allowed_ports=PORTS, transport=transport) as http:
            assert in_child(get)
            get()
