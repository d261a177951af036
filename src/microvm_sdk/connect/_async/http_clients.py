"""HTTP clients of httpx2 that are set up for one MicroVM."""

from collections.abc import Callable, Iterable
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from microvm_sdk._arguments import check_async_client, check_microvm, port_specifications
from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.connect._async_token_source import AsyncTokenSource
from microvm_sdk.connect._door import (
    check_httpx_arguments,
    chosen_port,
    connection_arguments,
    require_httpx2,
)
from microvm_sdk.connect._route import Route, find_route
from microvm_sdk.models import Microvm, PortSpecification

if TYPE_CHECKING:
    import httpx2
else:
    # So that `typing.get_type_hints` works without httpx2, which may not be installed.
    httpx2 = SimpleNamespace(AsyncClient=Any)


def async_http_client(
    client: AsyncMicroVMClient,
    microvm: Microvm,
    *,
    allowed_ports: Iterable[PortSpecification],
    port: int | None = None,
    via: str | None = None,
    **httpx_arguments: Any,
) -> "httpx2.AsyncClient":
    """Return an asynchronous HTTP client for a running MicroVM, with its URL as the base URL.

    For example::

        async with async_http_client(client, microvm, allowed_ports=[Port(port=8080)]) as http:
            response = await http.get("/health")
            async with http.websocket("/live") as socket:
                await socket.send_text("hello")

    The token renews itself. It is sent only to the MicroVM's own host and port, over TLS: redirects
    never send it elsewhere, and neither `request.headers` nor the logs of httpx2 show it. If the
    proxy in front of the MicroVM rejects it, the request is sent once more with a new token, unless
    its body is a stream that cannot be sent again. A WebSocket carries the token as subprotocols,
    the application's own after them; if the application chooses none, `socket.subprotocol` is
    `lambda-microvms`. The `Host` header is always the MicroVM's endpoint.

    If the SDK's client calls the local service, or any server on loopback, requests go through that
    server. Inside `mock_microvms()` they stay in the process.

    A request raises httpx2's errors, and the SDK's if it needs a new token and gets none, such as a
    `ServiceError` of kind `TERMINATED` for a MicroVM that has ended. After a fork, the child opens
    connections of its own, unless a `transport` was given.

    Requires the extra `connect`, which needs Python 3.11.

    Args:
        client: The client that creates the tokens.
        microvm: The MicroVM.
        allowed_ports: The ports that the token gives access to. `AllPorts()` includes the port of
            the hooks: list the ports that you need.
        port: The port to reach, 1 to 65,535. If omitted, the only port of `allowed_ports`, or 8080
            if there are several.
        via: URL of another server that stands in for the MicroVMs' endpoints, such as an emulator
            on another machine. It receives the token, and the MicroVM's endpoint as `Host`.
        **httpx_arguments: Further arguments of `httpx2.AsyncClient`, such as `timeout`, `verify`,
            `proxy`, or `transport`, which is wrapped. HTTP/2 stays off, because uploads through the
            proxy are very slow with it.

    Returns:
        The client. Use it in an `async with` statement or close it.

    Raises:
        ImportError: httpx2 is not installed.
        TypeError: `base_url` or `mounts` was given, or `http2=True`, or an argument has the wrong
            type.
        ValueError: There are no ports, the port is out of range, or `via` is not an HTTP URL.
    """
    require_httpx2("async_http_client")
    import httpx2  # noqa: PLC0415  The extra may be missing.

    from microvm_sdk.connect._async import transports  # noqa: PLC0415  It imports httpx2.

    check_async_client(client)
    check_microvm("microvm", microvm)
    check_httpx_arguments(httpx_arguments)
    ports = port_specifications("allowed_ports", allowed_ports)
    port = chosen_port(port, ports)
    route = find_route(client.sync_client.boto3_client, microvm, via)
    given = httpx_arguments.get("transport")
    if route.in_process is None and (given is None or httpx_arguments.get("proxy") is not None):
        # One context for all transports, because loading certificates takes most of the time.
        httpx_arguments["verify"] = httpx2.create_ssl_context(
            verify=httpx_arguments.pop("verify", True),
            cert=httpx_arguments.pop("cert", None),
            trust_env=httpx_arguments.get("trust_env", True),
        )
    connect: Callable[[], httpx2.AsyncBaseTransport]
    connect = partial(_connection, route, dict(httpx_arguments))
    if route.in_process is not None:
        connect = partial(transports.AsyncInProcessTransport, route.in_process)
        httpx_arguments["proxy"] = None
        httpx_arguments["transport"] = given or transports.AsyncUnreachableTransport()
    transport = transports.AsyncMicroVMTransport(
        connect,
        route=route,
        tokens=AsyncTokenSource(client, microvm_identifier=microvm.microvm_id, allowed_ports=ports),
        port=port,
        given=given,
    )
    mounts = dict.fromkeys(route.url_patterns, transport)
    return httpx2.AsyncClient(base_url=route.own_url, mounts=mounts, **httpx_arguments)


def _connection(route: Route, arguments: dict[str, Any]) -> "httpx2.AsyncBaseTransport":
    """Return the transport that httpx2 itself would choose, by its proxies and `NO_PROXY`."""
    import httpx2  # noqa: PLC0415  The extra may be missing.

    if not route.trusts_environment_proxies:
        arguments = {**arguments, "trust_env": False}
    plain = httpx2.AsyncClient(**connection_arguments(arguments))
    return plain._transport_for_url(httpx2.URL(route.target))  # noqa: SLF001  No public API returns it.
