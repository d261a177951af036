"""Tokens that renew themselves."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.client import MicroVMClient
from microvm_sdk.models import AuthToken, PortSpecification

# The share of its lifetime after which a token is renewed.
_RENEWED_AFTER = 0.8


@dataclass(frozen=True)
class _Moment:
    """A moment by both clocks: the monotonic one may stop in sleep, the wall clock may be set."""

    monotonic: float
    wall: float

    @classmethod
    def now(cls) -> "_Moment":
        return cls(time.monotonic(), time.time())

    def seconds_since(self, earlier: "_Moment") -> float:
        return max(self.monotonic - earlier.monotonic, self.wall - earlier.wall)


@dataclass
class _CachedToken:
    """A token, how old it is, and whether a MicroVM's endpoint has rejected it."""

    token: AuthToken
    requested_at: _Moment
    lifetime: float
    rejected: bool = False

    @property
    def usable(self) -> bool:
        return not self.rejected and self._age() < self.lifetime

    @property
    def needs_renewal(self) -> bool:
        return self.rejected or self._age() >= self.lifetime * _RENEWED_AFTER

    def is_rejected_token(self, token: "AuthToken | str") -> bool:
        if isinstance(token, AuthToken):
            return token == self.token
        return token in {part.get_secret_value() for part in self.token.auth_token.values()}

    def _age(self) -> float:
        return _Moment.now().seconds_since(self.requested_at)


class _Source:
    """What both kinds of token source share."""

    def __init__(
        self,
        microvm_identifier: str,
        allowed_ports: Iterable[PortSpecification],
        expiration_in_minutes: int,
    ) -> None:
        self._microvm_identifier = microvm_identifier
        self._allowed_ports = tuple(allowed_ports)
        self._expiration_in_minutes = expiration_in_minutes
        self._cached: _CachedToken | None = None

    def __repr__(self) -> str:
        """Show the MicroVM and the ports, never the token."""
        return (
            f"{type(self).__name__}(microvm_identifier={self._microvm_identifier!r}, "
            f"allowed_ports={self._allowed_ports!r}, "
            f"expiration_in_minutes={self._expiration_in_minutes!r})"
        )

    def invalidate(self, token: AuthToken | str) -> None:
        """Report a token that the endpoint rejected with a 403; the next use renews it.

        If the source has renewed it in the meantime, nothing happens. So when many threads report
        the same token, it is renewed once.

        Args:
            token: The token, or the value of its `X-aws-proxy-auth` header.
        """
        cached = self._cached
        if cached is not None and cached.is_rejected_token(token):
            cached.rejected = True

    def _store(self, token: AuthToken, requested_at: _Moment) -> None:
        self._cached = _CachedToken(token, requested_at, self._expiration_in_minutes * 60)


class TokenSource(_Source):
    """A token for a MicroVM's endpoint that renews itself.

    The token is created on first use. It is renewed when 80 % of its lifetime has passed by the
    monotonic or the wall clock, or after `invalidate`. A source can be shared by threads: one of
    them renews the token, while the others continue to use the old one as long as it is valid. If a
    renewal fails, its error is raised in the thread that tried it; the old token is kept, and the
    next use tries again.
    """

    def __init__(
        self,
        client: MicroVMClient,
        *,
        microvm_identifier: str,
        allowed_ports: Iterable[PortSpecification],
        expiration_in_minutes: int = 15,
    ) -> None:
        """Describe the tokens to create.

        Args:
            client: The client that creates the tokens.
            microvm_identifier: Id of the MicroVM.
            allowed_ports: The ports that the tokens give access to. `AllPorts()` includes the port
                of the hooks: list the ports that you need.
            expiration_in_minutes: How long each token is valid: 1 to 60 minutes.
        """
        super().__init__(microvm_identifier, allowed_ports, expiration_in_minutes)
        self._client = client
        self._renewal = threading.Lock()

    def token(self) -> AuthToken:
        """Return a valid token, renewed if necessary.

        Returns:
            The token.

        Raises:
            ServiceError: The token could not be renewed.
        """
        while True:
            cached = self._cached
            if cached is not None and not cached.needs_renewal:
                return cached.token
            # While one thread renews the token, the others continue to use the old one if it is
            # valid.
            must_wait = cached is None or not cached.usable
            acquired = self._renewal.acquire(blocking=must_wait)
            if cached is not None and not acquired:
                return cached.token
            try:
                if self._cached is cached:
                    requested_at = _Moment.now()
                    token = self._client.create_microvm_auth_token(
                        microvm_identifier=self._microvm_identifier,
                        expiration_in_minutes=self._expiration_in_minutes,
                        allowed_ports=self._allowed_ports,
                    )
                    self._store(token, requested_at)
            finally:
                self._renewal.release()

    def headers(self, port: int | None = None) -> dict[str, str]:
        """Return the HTTP headers of a request to the MicroVM's endpoint.

        They contain the token in plain text: keep them out of logs, and do not follow redirects
        with them. `http_client` takes care of both.

        Args:
            port: The port to reach, 1 to 65,535; 8080 if omitted.

        Returns:
            The headers, to be added to the request's own.

        Raises:
            ServiceError: The token could not be renewed.
        """
        return self.token().headers(port)

    def websocket_subprotocols(self, port: int | None = None) -> list[str]:
        """Return the subprotocols of a WebSocket to the MicroVM's endpoint.

        They go, in this order and before the application's own, into the `Sec-WebSocket-Protocol`
        header. One of them contains the token in plain text.

        Args:
            port: The port to reach, 1 to 65,535; 8080 if omitted.

        Returns:
            The subprotocols.

        Raises:
            ServiceError: The token could not be renewed.
        """
        return self.token().websocket_subprotocols(port)


class AsyncTokenSource(_Source):
    """`TokenSource` for `AsyncMicroVMClient`: shared by the tasks of one event loop."""

    def __init__(
        self,
        client: AsyncMicroVMClient,
        *,
        microvm_identifier: str,
        allowed_ports: Iterable[PortSpecification],
        expiration_in_minutes: int = 15,
    ) -> None:
        """Describe the tokens to create.

        Args:
            client: The client that creates the tokens.
            microvm_identifier: Id of the MicroVM.
            allowed_ports: The ports that the tokens give access to. `AllPorts()` includes the port
                of the hooks: list the ports that you need.
            expiration_in_minutes: How long each token is valid: 1 to 60 minutes.
        """
        import asyncio  # noqa: PLC0415  Programs without asyncio do not pay for the import.

        super().__init__(microvm_identifier, allowed_ports, expiration_in_minutes)
        self._client = client
        self._renewal = asyncio.Lock()

    async def token(self) -> AuthToken:
        """Return a valid token, renewed if necessary.

        Returns:
            The token.

        Raises:
            ServiceError: The token could not be renewed.
        """
        while True:
            cached = self._cached
            if cached is not None and not cached.needs_renewal:
                return cached.token
            if cached is not None and cached.usable and self._renewal.locked():
                return cached.token
            async with self._renewal:
                if self._cached is cached:
                    requested_at = _Moment.now()
                    token = await self._client.create_microvm_auth_token(
                        microvm_identifier=self._microvm_identifier,
                        expiration_in_minutes=self._expiration_in_minutes,
                        allowed_ports=self._allowed_ports,
                    )
                    self._store(token, requested_at)

    async def headers(self, port: int | None = None) -> dict[str, str]:
        """Return the HTTP headers of a request to the MicroVM's endpoint.

        They contain the token in plain text: keep them out of logs, and do not follow redirects
        with them. `async_http_client` takes care of both.

        Args:
            port: The port to reach, 1 to 65,535; 8080 if omitted.

        Returns:
            The headers, to be added to the request's own.

        Raises:
            ServiceError: The token could not be renewed.
        """
        return (await self.token()).headers(port)

    async def websocket_subprotocols(self, port: int | None = None) -> list[str]:
        """Return the subprotocols of a WebSocket to the MicroVM's endpoint.

        They go, in this order and before the application's own, into the `Sec-WebSocket-Protocol`
        header. One of them contains the token in plain text.

        Args:
            port: The port to reach, 1 to 65,535; 8080 if omitted.

        Returns:
            The subprotocols.

        Raises:
            ServiceError: The token could not be renewed.
        """
        return (await self.token()).websocket_subprotocols(port)
