"""Auth tokens: what authorizes requests to a MicroVM, and for which ports."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, TypeAlias

from pydantic import SecretStr

from microvm_sdk.models._machinery.model import Model
from microvm_sdk.models._machinery.results import Result
from microvm_sdk.models._machinery.union_members import StructureMember, UnknownMember
from microvm_sdk.models._machinery.unions import TaggedUnion

_AUTH_HEADER = "X-aws-proxy-auth"
_PORT_HEADER = "X-aws-proxy-port"
LAST_PORT = 65535
_VISIBLE_ASCII = re.compile(r"[!-~]*")


class Port(Model, frozen=True):
    """One port."""

    port: int
    """The port: 1 to 65,535."""


class PortRange(StructureMember, frozen=True):
    """All ports from one to another, both included."""

    wire_tag: ClassVar[str] = "range"

    start_port: int
    """The first port: 1 to 65,535."""
    end_port: int
    """The last port: 1 to 65,535."""


class AllPorts(StructureMember, frozen=True):
    """Every port."""

    wire_tag: ClassVar[str] = "allPorts"


PortSpecification: TypeAlias = Annotated[Port | PortRange | AllPorts | UnknownMember, TaggedUnion()]
"""Ports that a token is valid for."""


class AuthToken(Result, frozen=True):
    """A token that authorizes requests to a MicroVM, or to the shell in it.

    `headers` and `websocket_subprotocols` return its secret in plain text. Send it only to the
    MicroVM's endpoint over HTTPS, and keep it out of logs.
    """

    auth_token: Mapping[str, SecretStr]
    """The parts of the token, by the names of the HTTP headers for them."""

    @property
    def value(self) -> SecretStr:
        """The bare token: the value of the `X-aws-proxy-auth` header.

        Raises:
            KeyError: The token has no part for that header.
        """
        return self.auth_token[_AUTH_HEADER]

    def headers(self, port: int | None = None) -> dict[str, str]:
        """Return the HTTP headers for a request to the MicroVM's endpoint.

        Args:
            port: The port that the request is for, 1 to 65,535. If omitted, the service uses 8080.

        Returns:
            The headers, to add to those of the request.

        Raises:
            TypeError: The port is not an integer.
            ValueError: The port is out of range, or the token has characters that no header
                carries.
        """
        headers = {_sendable(name): _sendable(part) for name, part in self.auth_token.items()}
        if port is not None:
            headers[_PORT_HEADER] = _port_text(port)
        return headers

    def websocket_subprotocols(self, port: int | None = None) -> list[str]:
        """Return the subprotocols for a WebSocket to the MicroVM's endpoint.

        They belong, in this order, in the `Sec-WebSocket-Protocol` header. Most WebSocket clients
        have an argument `subprotocols` for it.

        Args:
            port: The port that the request is for, 1 to 65,535. If omitted, the service uses 8080.

        Returns:
            The subprotocols.

        Raises:
            KeyError: The token has no part for the `X-aws-proxy-auth` header.
            TypeError: The port is not an integer.
            ValueError: The port is out of range, or the token has characters that no header
                carries.
        """
        token = _sendable(self.value)
        protocols = ["lambda-microvms", f"lambda-microvms.authentication.{token}"]
        if port is not None:
            protocols.append(f"lambda-microvms.port.{_port_text(port)}")
        return protocols


def _sendable(part: SecretStr | str) -> str:
    # HTTP libraries would show the secret in the error of an invalid header.
    text = part.get_secret_value() if isinstance(part, SecretStr) else part
    if not _VISIBLE_ASCII.fullmatch(text):
        msg = "the token has characters that no HTTP header carries"
        raise ValueError(msg)
    return text


def _port_text(port: object) -> str:
    if not isinstance(port, int) or isinstance(port, bool):
        msg = f"port must be an integer from 1 to {LAST_PORT}; got {port!r}"
        raise TypeError(msg)
    if not 1 <= port <= LAST_PORT:
        msg = f"port must be from 1 to {LAST_PORT}; got {port}"
        raise ValueError(msg)
    return str(int(port))
