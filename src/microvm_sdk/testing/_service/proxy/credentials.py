"""How a request names its token and its port: in headers, or in a WebSocket's subprotocols."""

from typing import NamedTuple

from werkzeug.datastructures import Headers

from microvm_sdk.testing._ports import DEFAULT_PORT
from microvm_sdk.testing._service.proxy.token_format import HEADER

PORT_HEADER = "X-aws-proxy-port"
PROTOCOLS_HEADER = "Sec-WebSocket-Protocol"
SUBPROTOCOL = "lambda-microvms"
"""The proxy's own subprotocol. Names that begin with it and a dot are reserved for the proxy."""
_TOKEN = f"{SUBPROTOCOL}.authentication."
_PORT = f"{SUBPROTOCOL}.port."


class Credentials(NamedTuple):
    """What a request tells the proxy."""

    token: str | None
    """The token, if any."""
    port: str
    """The port, which may be invalid."""


def wants_websocket(headers: Headers) -> bool:
    """Whether a request opens a WebSocket."""
    return headers.get("Upgrade", "").lower() == "websocket"


def credentials(headers: Headers) -> Credentials:
    """Return the token and the port of a request."""
    token, port = headers.get(HEADER), headers.get(PORT_HEADER, str(DEFAULT_PORT))
    if wants_websocket(headers):
        for protocol in subprotocols(headers):
            if protocol.startswith(_TOKEN):
                token = protocol.removeprefix(_TOKEN)
            elif protocol.startswith(_PORT):
                port = protocol.removeprefix(_PORT)
    return Credentials(token, port)


def subprotocols(headers: Headers) -> list[str]:
    """Return the subprotocols that the client of a WebSocket offers."""
    offered = ",".join(headers.getlist(PROTOCOLS_HEADER))
    return [protocol.strip() for protocol in offered.split(",") if protocol.strip()]


def is_own_subprotocol(protocol: str) -> bool:
    """Whether a subprotocol is for the proxy, which removes it."""
    return protocol == SUBPROTOCOL or protocol.startswith(f"{SUBPROTOCOL}.")
