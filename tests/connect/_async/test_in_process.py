"""HTTP clients inside `mock_microvms()`, where requests and responses stay in the process."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from microvm_sdk import AsyncMicroVMClient, Microvm, Port
from microvm_sdk.connect import _route, async_http_client

httpx2 = pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")

pytestmark = pytest.mark.asyncio


class Service:
    """Stands in for the local service."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self.closed = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, *request: Any) -> Any:
        self.received.append(request)
        return 200, [("content-type", "text/event-stream")], self.body()

    def body(self) -> Iterator[bytes]:
        try:
            number = 0
            while True:
                yield f"data: {number}\n\n".encode()
                number += 1
                if number == 3:
                    self.go_on.wait(10)
        finally:
            self.closed.set()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    monkeypatch.setattr(_route, "local_services", [lambda: service])
    yield service
    service.go_on.set()


@pytest.fixture
def http(async_production: AsyncMicroVMClient, microvm: Microvm, service: Service) -> Any:
    assert service.received == []
    return async_http_client(async_production, microvm, allowed_ports=[Port(port=80)])


async def test_request_is_handed_over_with_its_token(
    http: Any, service: Service, microvm: Microvm
) -> None:
    async with http.stream("POST", "/path?q=1", content=b"body"):
        pass
    ((method, url, headers, content),) = service.received
    assert (method, url, content) == ("POST", f"https://{microvm.endpoint}/path?q=1", b"body")
    assert dict(headers)["X-aws-proxy-auth"] == "token-1"


async def test_endless_response_is_streamed_and_closed(http: Any, service: Service) -> None:
    async with http.stream("GET", "/") as response:
        lines = []
        async for line in response.aiter_lines():
            lines.append(line)
            if len(lines) == 3:
                break
    assert lines == ["data: 0", "", "data: 1"]
    assert service.closed.wait(10)


@pytest.mark.parametrize("url", ["https://elsewhere.invalid/", "http://elsewhere.invalid:80/"])
async def test_no_request_leaves_the_process(http: Any, url: str) -> None:
    with pytest.raises(httpx2.ConnectError, match=r"elsewhere\.invalid is unreachable"):
        await http.get(url)


async def test_given_transport_serves_other_hosts(
    async_production: AsyncMicroVMClient, microvm: Microvm, service: Service
) -> None:
    async with async_http_client(
        async_production,
        microvm,
        allowed_ports=[Port(port=80)],
        transport=httpx2.MockTransport(lambda _: httpx2.Response(204)),
        proxy="http://127.0.0.1:9",
    ) as http:
        response = await http.get("https://elsewhere.invalid/")
    assert response.status_code == 204
    assert service.received == []
