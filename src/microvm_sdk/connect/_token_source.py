"""Tokens that renew themselves, shared by threads."""

import threading
from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from microvm_sdk._arguments import check_client
from microvm_sdk._forks import reset_after_fork
from microvm_sdk.client import MicroVMClient
from microvm_sdk.connect._tokens import CachedToken, Moment, Source
from microvm_sdk.exceptions import MicroVMError
from microvm_sdk.models import AuthToken, PortSpecification


class _Renewal:
    """A renewal that one thread makes, and that others may be waiting for."""

    def __init__(self) -> None:
        # A lock, because an exception in a signal handler can leave an `Event` locked for ever.
        self.under_way = threading.Lock()
        self.under_way.acquire()
        self.thread = threading.get_ident()
        self.renewed: CachedToken | None = None
        self.error: Exception | None = None


class TokenSource(Source):
    """A token for a MicroVM's endpoint that renews itself.

    The token is created on first use. It is renewed when 80 % of its lifetime has passed by the
    monotonic or the wall clock, or after `invalidate`. Threads can share a source, and the child
    of a fork can use it. One thread renews the token; the others continue to use the old one while
    it is valid, and otherwise wait for that renewal and share its result.

    While the old token is valid, a renewal that is throttled, or fails because of the connection or
    with a 5xx, raises nothing: the old token is used, and the renewal is tried again after 10
    seconds. Any other failure is raised at once, for example that the MicroVM is terminated.
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

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: There are no ports, or the expiration is less than a minute.
        """
        check_client(client)
        super().__init__(microvm_identifier, allowed_ports, expiration_in_minutes)
        self._client = client
        self._reset()
        reset_after_fork(self, TokenSource._reset)

    def _reset(self) -> None:
        # A signal handler may need a token while this thread holds the lock.
        self._lock = threading.RLock()
        self._renewal: _Renewal | None = None

    def token(self) -> AuthToken:
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
            own = _Renewal()
            # A signal handler may raise at any line, while other threads wait for this renewal.
            try:
                with self._lock:
                    renewal = self._renewal
                    if (
                        renewal is None
                        or not renewal.under_way.locked()
                        # A signal handler needs a token while its thread renews it.
                        or renewal.thread == own.thread
                    ):
                        renewal = self._renewal = own
                if renewal is own:
                    if self._cached is cached:
                        self._renew(own, cached)
                elif cached is not None and cached.is_valid:
                    return cached.token
                else:
                    with renewal.under_way:
                        pass
            finally:
                own.under_way.release()
            with self._lock:
                if self._renewal is own:
                    self._renewal = None
            if renewal.error is not None:
                try:
                    raise renewal.error
                finally:
                    # The error's traceback has this frame: they would keep each other alive.
                    del renewal, own
            renewed = renewal.renewed
            # Even if it took so long to arrive that it needs to be renewed already.
            if renewed is not None and not renewed.rejected:
                return renewed.token

    def _renew(self, renewal: _Renewal, cached: CachedToken | None) -> None:
        requested_at = Moment.now()
        try:
            token = self._client.create_microvm_auth_token(**self._parameters)
            renewal.renewed = self._keep(token, requested_at)
        except (MicroVMError, ClientError, BotoCoreError) as error:
            if cached is not None and cached.postpone_renewal(error):
                renewal.renewed = cached
            else:
                renewal.error = error

    def headers(self, port: int | None = None) -> dict[str, str]:
        """Return the HTTP headers of a request to the MicroVM's endpoint.

        They contain the token in plain text: keep them out of logs, and do not follow redirects
        with them. `http_client` takes care of both.

        Args:
            port: The port to reach, 1 to 65,535; 8080 if omitted.

        Returns:
            The headers, to add to those of the request.

        Raises:
            ServiceError: The token could not be renewed.
            TypeError: The port is not an integer.
            ValueError: The port is out of range.
        """
        return self.token().headers(port)

    def websocket_subprotocols(self, port: int | None = None) -> list[str]:
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
        return self.token().websocket_subprotocols(port)
