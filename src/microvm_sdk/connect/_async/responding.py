"""Waiting for the software in a MicroVM."""

from collections.abc import Iterable
from contextlib import closing, suppress

from botocore.exceptions import BotoCoreError

from microvm_sdk._arguments import check_async_client, check_microvm, port_specifications
from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.connect._async_probe import AsyncProbe
from microvm_sdk.connect._async_token_source import AsyncTokenSource
from microvm_sdk.connect._door import check_path, chosen_port
from microvm_sdk.connect._progress import Progress
from microvm_sdk.connect._route import find_route
from microvm_sdk.exceptions import ErrorKind, ServiceError
from microvm_sdk.models import Microvm, PortSpecification


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
    """Wait until the software in a MicroVM responds to HTTP requests.

    Running is not ready: the proxy in front of a MicroVM responds with 502 until the software in it
    listens. Any other response ends the wait, including an error of the application. An incomplete
    response does not, nor does an interim one (1xx).

    Args:
        client: The client.
        microvm: The MicroVM.
        allowed_ports: The ports that the token gives access to.
        port: The port to reach, 1 to 65,535. If omitted, the only port of `allowed_ports`, or 8080
            if there are several.
        path: Path to request with GET, optionally with a query. Redirects are not followed.
        timeout: How long to wait, in seconds: 0 or more. Each request is abandoned after 10 seconds
            without a response.
        poll_interval: Longest pause between two requests, in seconds: more than 0.

    Returns:
        The HTTP status.

    Raises:
        WaiterError: Timed out, or the proxy rejected the token or the port, or the MicroVM is
            terminated, or it is suspended and does not resume automatically.
        ServiceError: The token could not be created, or the MicroVM's state could not be read.
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
        botocore.exceptions.SSLError: The endpoint's certificate is not valid.
    """
    check_async_client(client)
    check_microvm("microvm", microvm)
    check_path(path)
    ports = port_specifications("allowed_ports", allowed_ports)
    port = chosen_port(port, ports)
    identifier = microvm.microvm_id
    tokens = AsyncTokenSource(client, microvm_identifier=identifier, allowed_ports=ports)
    progress = Progress("async_wait_until_responding", microvm, timeout, poll_interval)
    route = find_route(client.sync_client.boto3_client, microvm)
    with closing(AsyncProbe(route, port)) as probe:
        while True:
            at_least = 0
            try:
                token = await tokens.token()
            except ServiceError as error:
                if error.kind is not ErrorKind.THROTTLED:
                    # The service creates no tokens for a MicroVM that is terminated.
                    with suppress(ServiceError, BotoCoreError):
                        microvm = await client.get_microvm(microvm_identifier=identifier)
                        progress.record_state(microvm, error)
                    raise
                progress.record_throttling()
                at_least = error.retry_after_seconds or 0
            else:
                status = progress.interpret(await probe.get(path, token))
                if status is not None:
                    return status
                try:
                    progress.record_state(await client.get_microvm(microvm_identifier=identifier))
                except ServiceError as error:
                    if error.kind is not ErrorKind.THROTTLED:
                        raise
            if not await progress.pace.pause_async(at_least=at_least):
                raise progress.timed_out()
