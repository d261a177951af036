"""Waiting for the software in a MicroVM."""

import os
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, SSLError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from typing_extensions import Self

from microvm_sdk._calls.tracebacks import without_tracebacks
from microvm_sdk._waits.pace import Pace
from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.client import MicroVMClient
from microvm_sdk.connect._rejections import RejectionReader
from microvm_sdk.connect._route import Route, default_port, find_route
from microvm_sdk.connect._tokens import AsyncTokenSource, TokenSource
from microvm_sdk.exceptions import (
    ServiceError,
    ThrottlingException,
    TooManyRequestsException,
    WaiterError,
)
from microvm_sdk.models import AuthToken, Microvm, PortSpecification
from microvm_sdk.models.microvm import MICROVM_RUNNING

_BAD_GATEWAY = 502
# The endpoint of a terminated MicroVM may never respond.
_REQUEST_TIMEOUT = 10


def wait_until_responding(
    client: MicroVMClient,
    microvm: Microvm,
    *,
    allowed_ports: Iterable[PortSpecification],
    port: int | None = None,
    path: str = "/",
    timeout: float = 60,
    poll_interval: float = 0.5,
) -> int:
    """Wait until the software in a MicroVM responds to HTTP requests.

    Running is not ready: the proxy in front of a MicroVM responds with 502 until the software in it
    listens. Any other response ends the wait, an error of the application's included.

    Args:
        client: The client.
        microvm: The MicroVM.
        allowed_ports: The ports that the token gives access to.
        port: The port to reach, 1 to 65,535. If omitted, the only port of `allowed_ports`, or 8080
            if there are several.
        path: Path to request with GET. Redirects are not followed.
        timeout: How long to wait, in seconds: 0 or more. A request that gets no response is
            abandoned after 10 seconds.
        poll_interval: Longest pause between two requests, in seconds: more than 0.

    Returns:
        The HTTP status.

    Raises:
        WaiterError: Timed out, the proxy rejected the token or the port, or the MicroVM was
            terminated.
        ServiceError: The token could not be created.
        TypeError: The timeout or the interval is not a number.
        ValueError: The timeout or the interval is out of range.
        botocore.exceptions.SSLError: The endpoint's certificate is not valid.
    """
    ports = tuple(allowed_ports)
    tokens = TokenSource(client, microvm_identifier=microvm.microvm_id, allowed_ports=ports)
    wait = _Wait("wait_until_responding", microvm, timeout, poll_interval)
    port = default_port(ports) if port is None else port
    with _Probe(find_route(client.boto3_client, microvm), port) as probe:
        while True:
            try:
                token = tokens.token()
            except ServiceError as error:
                # The service creates no tokens for a MicroVM that is terminated.
                wait.record_state(client.get_microvm(microvm_identifier=microvm.microvm_id), error)
                raise
            status = wait.interpret(*probe.get(path, token))
            if status is not None:
                return status
            with suppress(ThrottlingException, TooManyRequestsException):
                wait.record_state(client.get_microvm(microvm_identifier=microvm.microvm_id))
            if not wait.pace.pause():
                raise wait.timed_out()


async def async_wait_until_responding(
    client: AsyncMicroVMClient,
    microvm: Microvm,
    *,
    allowed_ports: Iterable[PortSpecification],
    port: int | None = None,
    path: str = "/",
    timeout: float = 60,
    poll_interval: float = 0.5,
) -> int:
    """Wait until the software in a MicroVM responds, in asyncio. Otherwise as the synchronous wait.

    Args:
        client: The client.
        microvm: The MicroVM.
        allowed_ports: The ports that the token gives access to.
        port: The port to reach, 1 to 65,535. If omitted, the only port of `allowed_ports`, or 8080
            if there are several.
        path: Path to request with GET. Redirects are not followed.
        timeout: How long to wait, in seconds: 0 or more. A request that gets no response is
            abandoned after 10 seconds.
        poll_interval: Longest pause between two requests, in seconds: more than 0.

    Returns:
        The HTTP status.

    Raises:
        WaiterError: Timed out, the proxy rejected the token or the port, or the MicroVM was
            terminated.
        ServiceError: The token could not be created.
        TypeError: The timeout or the interval is not a number.
        ValueError: The timeout or the interval is out of range.
        botocore.exceptions.SSLError: The endpoint's certificate is not valid.
    """
    from microvm_sdk._async.threads import Threads  # noqa: PLC0415  Programs without asyncio do not pay for the import.

    ports = tuple(allowed_ports)
    tokens = AsyncTokenSource(client, microvm_identifier=microvm.microvm_id, allowed_ports=ports)
    wait = _Wait("async_wait_until_responding", microvm, timeout, poll_interval)
    threads = Threads(1)
    port = default_port(ports) if port is None else port
    with _Probe(find_route(client.sync_client.boto3_client, microvm), port) as probe:
        while True:
            try:
                token = await tokens.token()
            except ServiceError as error:
                # The service creates no tokens for a MicroVM that is terminated.
                wait.record_state(
                    await client.get_microvm(microvm_identifier=microvm.microvm_id), error
                )
                raise
            status = wait.interpret(*await threads.run(probe.get, path, token))
            if status is not None:
                return status
            with suppress(ThrottlingException, TooManyRequestsException):
                wait.record_state(await client.get_microvm(microvm_identifier=microvm.microvm_id))
            if not await wait.pace.pause_async():
                raise wait.timed_out()


class _Wait:
    """The progress of a wait, and what it means, without any I/O."""

    def __init__(self, name: str, microvm: Microvm, timeout: float, poll_interval: float) -> None:
        self.pace = Pace(timeout=timeout, poll_interval=poll_interval)
        self._name = name
        self._microvm = microvm
        self._last_response = "none"

    def interpret(self, status: int | None, detail: str) -> int | None:
        """Return the status that ends the wait, or `None` to continue."""
        if status is None:
            self._last_response = f"no response: {detail}"
            return None
        self._last_response = f"{status} {detail}".rstrip()
        if detail:
            reason = f"the proxy responded with {self._last_response}"
            raise self._error(reason)
        return None if status == _BAD_GATEWAY else status

    def record_state(self, microvm: Microvm, cause: ServiceError | None = None) -> None:
        """Record the MicroVM's state; a terminated one ends the wait."""
        self._microvm = microvm
        if microvm.state in MICROVM_RUNNING.failure:
            reason = f"the MicroVM is {microvm.state}"
            if microvm.state_reason:
                reason += f" ({microvm.state_reason})"
            raise self._error(reason) from cause

    def timed_out(self) -> WaiterError:
        """Make the error of a wait that timed out."""
        return self._error(
            f"{self.pace.timeout_reason}; last response: {self._last_response}; "
            f"MicroVM state: {self._microvm.state}",
            timed_out=True,
        )

    def _error(self, reason: str, *, timed_out: bool = False) -> WaiterError:
        return WaiterError(
            self._name,
            reason,
            identifier=self._microvm.microvm_id,
            last_result=self._microvm,
            timed_out=timed_out,
        )


class _Probe:
    """Sends requests with the HTTP library of botocore, hence with its certificates and proxies."""

    def __init__(self, route: Route, port: int) -> None:
        self._route = route
        self._port = port
        # botocore-stubs do not know that it may be a path.
        verify: Any = (
            os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or True
        )
        proxies = get_environ_proxies(route.target) if route.trusts_environment_proxies else {}
        self._session = URLLib3Session(verify=verify, proxies=proxies, timeout=_REQUEST_TIMEOUT)

    def get(self, path: str, token: AuthToken) -> tuple[int | None, str]:
        """Send a GET request.

        Returns:
            The status, and the proxy's text if it rejects the request; `None` and the error if
            there is no response.

        Raises:
            botocore.exceptions.SSLError: The certificate is not valid.
        """
        path = path if path.startswith("/") else f"/{path}"
        # Each request has a connection of its own, because its body may have no end.
        headers = {
            **token.headers(self._port),
            "Host": self._route.endpoint,
            "Connection": "close",
        }
        if self._route.in_process is not None:
            status, received, body = self._route.in_process(
                "GET", f"{self._route.own_url}{path}", list(headers.items()), b""
            )
            lower = {name.lower(): value for name, value in received}
            return status, _rejection(status, lower, iter(body))
        request = AWSRequest(
            "GET", f"{self._route.target}{path}", headers=headers, stream_output=True
        )
        try:
            response = self._session.send(request.prepare())
        except SSLError as error:
            raise without_tracebacks(error)  # noqa: B904  It keeps its own cause.
        except BotoCoreError as error:
            return None, str(error)
        try:
            lower = {name.lower(): value for name, value in response.headers.items()}
            chunks = response.raw.stream(1024)
            return response.status_code, _rejection(response.status_code, lower, chunks)
        finally:
            response.raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.close()


def _rejection(status: int, headers: dict[str, str], body: Iterable[bytes]) -> str:
    if not RejectionReader.concerns(status, headers):
        return ""
    reader = RejectionReader()
    if all(reader.read(chunk) for chunk in body):
        reader.end()
    return (reader.sentence or b"").decode()
