"""A program that every type checker must accept where httpx2 is installed."""

# pyright: strict

import httpx2
from typing_extensions import assert_type

from microvm_sdk import AsyncMicroVMClient, Microvm, MicroVMClient, Port
from microvm_sdk.connect import async_http_client, http_client


def connections(client: MicroVMClient, microvm: Microvm) -> None:
    ports = [Port(port=8080)]
    with http_client(client, microvm, allowed_ports=ports, timeout=30) as http:
        assert_type(http, httpx2.Client)
        http.get("/health").raise_for_status()
        with http.websocket("/live", subprotocols=["chat"]) as socket:
            assert_type(socket.receive_text(), str)


async def asynchronous_connections(client: AsyncMicroVMClient, microvm: Microvm) -> None:
    ports = iter([Port(port=8080)])
    async with async_http_client(client, microvm, allowed_ports=ports) as http:
        assert_type(http, httpx2.AsyncClient)
        (await http.get("/health")).raise_for_status()
