"""Auth tokens: what a caller shows to reach a MicroVM, and the ports that it may reach."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, TypeAlias

from pydantic import SecretStr

from microvm_sdk.models._model import Model
from microvm_sdk.models._results import Result
from microvm_sdk.models._union_members import StructureMember, UnknownMember
from microvm_sdk.models._unions import TaggedUnion

_AUTH_HEADER = "X-aws-proxy-auth"
_PORT_HEADER = "X-aws-proxy-port"
_LAST_PORT = 65535


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
"""Ports that a token opens."""


class AuthToken(Result, frozen=True):
    """A token for reaching a MicroVM, or the shell in it.

    `headers` and `websocket_subprotocols` give its secret in plain text, to be sent to the
    MicroVM's endpoint over HTTPS and kept out of logs.
    """

    auth_token: Mapping[str, SecretStr]
    """The token's parts by the names of the HTTP headers that carry them."""

    def headers(self, port: int | None = None) -> dict[str, str]:
        """Make the HTTP headers of a request to the MicroVM's endpoint.

        Args:
            port: The port to reach, 1 to 65,535; the service takes 8080 when it is left out.

        Returns:
            The headers, to be added to the request's own.
        """
        headers = {name: part.get_secret_value() for name, part in self.auth_token.items()}
        if port is not None:
            headers[_PORT_HEADER] = _checked(port)
        return headers

    def websocket_subprotocols(self, port: int | None = None) -> list[str]:
        """Make the subprotocols of a WebSocket to the MicroVM's endpoint.

        They go, in this order, into the `Sec-WebSocket-Protocol` header, which most WebSocket
        clients fill from an argument called `subprotocols`.

        Args:
            port: The port to reach, 1 to 65,535; the service takes 8080 when it is left out.

        Returns:
            The subprotocols.

        Raises:
            KeyError: The token has no part for the `X-aws-proxy-auth` header.
        """
        token = self.auth_token[_AUTH_HEADER].get_secret_value()
        protocols = ["lambda-microvms", f"lambda-microvms.authentication.{token}"]
        if port is not None:
            protocols.append(f"lambda-microvms.port.{_checked(port)}")
        return protocols


def _checked(port: object) -> str:
    if not isinstance(port, int) or isinstance(port, bool):
        msg = f"port must be an integer from 1 to 65535; got {port!r}"
        raise TypeError(msg)
    if not 1 <= port <= _LAST_PORT:
        msg = f"port must be from 1 to 65535; got {port}"
        raise ValueError(msg)
    return str(int(port))
