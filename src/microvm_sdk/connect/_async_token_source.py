"""Tokens that renew themselves, shared by tasks."""

import asyncio
from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from microvm_sdk._arguments import check_async_client
from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.connect._tokens import CachedToken, Moment, Source
from microvm_sdk.exceptions import MicroVMError
from microvm_sdk.models import AuthToken, PortSpecification


class _Renewal:
    """A renewal that one task makes, and that others may be waiting for."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.finished = asyncio.Event()
        self.renewed: CachedToken | None = None
        self.error: Exception | None = None


class AsyncTokenSource(Source):
    """`TokenSource` for `AsyncMicroVMClient`, shared by tasks in any number of event loops.

    If the task that renews the token is cancelled, another task that needs the token renews it.
    """

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

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: There are no ports, or the expiration is less than a minute.
        """
        check_async_client(client)
        super().__init__(microvm_identifier, allowed_ports, expiration_in_minutes)
        self._client = client
        # It belongs to an event loop, so the child of a fork, which has its own, ignores it.
        self._renewal: _Renewal | None = None

    async def token(self) -> AuthToken:
        """Return a valid token, renewed if necessary.

        Returns:
            The token.

        Raises:
            ServiceError: The token could not be renewed. botocore's errors pass through.
        """
        while True:
            cached = self._cached
            if cached is not None and not cached.needs_renewal:
                return cached.token
            renewal = self._renewal
            if renewal is None or renewal.loop is not asyncio.get_running_loop():
                renewal = self._renewal = _Renewal()
                try:
                    await self._renew(renewal, cached)
                finally:
                    if self._renewal is renewal:
                        self._renewal = None
                    renewal.finished.set()
            elif cached is not None and cached.is_valid:
                return cached.token
            else:
                await renewal.finished.wait()
            if renewal.error is not None:
                try:
                    raise renewal.error
                finally:
                    # The error's traceback has this frame: they would keep each other alive.
                    del renewal
            renewed = renewal.renewed
            # Even if it took so long to arrive that it needs to be renewed already.
            if renewed is not None and not renewed.rejected:
                return renewed.token

    async def _renew(self, renewal: _Renewal, cached: CachedToken | None) -> None:
        requested_at = Moment.now()
        try:
            token = await self._client.create_microvm_auth_token(**self._parameters)
            renewal.renewed = self._keep(token, requested_at)
        except (MicroVMError, ClientError, BotoCoreError) as error:
            if cached is not None and cached.postpone_renewal(error):
                renewal.renewed = cached
            else:
                renewal.error = error

    async def headers(self, port: int | None = None) -> dict[str, str]:
        """Return the HTTP headers of a request to the MicroVM's endpoint.

        They contain the token in plain text: keep them out of logs, and do not follow redirects
        with them. `async_http_client` takes care of both.

        Args:
            port: The port to reach, 1 to 65,535; 8080 if omitted.

        Returns:
            The headers, to add to those of the request.

        Raises:
            ServiceError: The token could not be renewed.
            TypeError: The port is not an integer.
            ValueError: The port is out of range.
        """
        return (await self.token()).headers(port)

    async def websocket_subprotocols(self, port: int | None = None) -> list[str]:
        """Return the subprotocols of a WebSocket to the MicroVM's endpoint.

        They belong in the `Sec-WebSocket-Protocol` header, in this order, followed by those of the
        application. One of them contains the token in plain text.

        Args:
            port: The port to reach, 1 to 65,535; 8080 if omitted.

        Returns:
            The subprotocols.

        Raises:
            ServiceError: The token could not be renewed.
            TypeError: The port is not an integer.
            ValueError: The port is out of range.
        """
        return (await self.token()).websocket_subprotocols(port)
