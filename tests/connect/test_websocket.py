"""WebSockets over TLS, for which httpx2's synchronous ones are not made."""

from collections.abc import Callable

import pytest

from microvm_sdk import AsyncMicroVMClient, Microvm, Port
from microvm_sdk.connect import async_http_client

pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
trustme = pytest.importorskip("trustme")

from endpoint import serving_endpoint  # noqa: E402  It needs the extra.
from loopback import Canned  # noqa: E402  It follows the skips above.


@pytest.mark.asyncio
async def test_websocket_over_tls(
    async_production: AsyncMicroVMClient, at: Callable[[str], Microvm]
) -> None:
    with serving_endpoint(trustme.CA()) as endpoint:
        endpoint.respond = lambda _: Canned(101)
        async with (
            async_http_client(
                async_production,
                at(endpoint.host),
                allowed_ports=[Port(port=8080)],
                verify=endpoint.trust,
            ) as http,
            http.websocket("/live") as socket,
        ):
            await socket.send_text("hello")
            assert await socket.receive_text() == "hello"
    assert endpoint.requests[0].headers["sec-websocket-protocol"] == (
        "lambda-microvms, lambda-microvms.authentication.token-1, lambda-microvms.port.8080"
    )
