"""Ready clients of httpx2."""

import sys
from collections.abc import Iterable
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.client import MicroVMClient
from microvm_sdk.connect._route import Route, default_port, find_route
from microvm_sdk.connect._tokens import AsyncTokenSource, TokenSource
from microvm_sdk.models import Microvm, PortSpecification

if TYPE_CHECKING:
    import httpx2
else:
    # So that `typing.get_type_hints` works without httpx2, which may not be installed.
    httpx2 = SimpleNamespace(Client=Any, AsyncClient=Any)

_FIRST_PYTHON = (3, 11)
_PYTHON: tuple[int, ...] = sys.version_info[:3]
_CONNECTION_ARGUMENTS = ("verify", "cert", "trust_env", "http1", "limits")


def http_client(
    client: MicroVMClient,
    microvm: Microvm,
    *,
    allowed_ports: Iterable[PortSpecification],
    port: int | None = None,
    via: str | None = None,
    **httpx_arguments: Any,
) -> "httpx2.Client":
    """Return an HTTP client for a running MicroVM, which is its base URL.

    For example::

        with http_client(client, microvm, allowed_ports=[Port(port=8080)]) as http:
            print(http.get("/health").json())
            with http.websocket("/live") as socket:
                socket.send_text("hello")

    The token renews itself. It is sent only to the MicroVM's own host, over TLS: redirects never
    send it to another host, and neither `request.headers` nor the logs of httpx2 show it. If the
    proxy in front of the MicroVM rejects it, the request is sent once more with a new token, unless
    its body is a stream that cannot be sent again. A WebSocket carries the token as subprotocols,
    the application's own after them; where the application chooses none, `socket.subprotocol` is
    `lambda-microvms`.

    A client of the local service, or of any server on loopback, reaches the MicroVM through that
    server, and inside `mock_microvms()` the request stays in the process.

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
        **httpx_arguments: Further arguments of `httpx2.Client`, such as `timeout`, `verify`,
            `proxy` or `transport`, which is wrapped. HTTP/2 stays off, because uploads through the
            proxy are very slow with it.

    Returns:
        The client. Use it in a `with` statement or close it.

    Raises:
        ImportError: httpx2 is not installed.
        TypeError: `base_url` or `mounts` was given, or `http2=True`.
        ValueError: `via` is not an HTTP URL.
    """
    _require_httpx2("http_client")
    import httpx2  # noqa: PLC0415  The extra may be missing.

    from microvm_sdk.connect import _transports  # noqa: PLC0415  It imports httpx2.

    _refuse(httpx_arguments)
    ports = tuple(allowed_ports)
    route = find_route(client.boto3_client, microvm, via)
    given = httpx_arguments.get("transport")
    proxy = _proxy(route, httpx_arguments)
    inner: httpx2.BaseTransport
    if route.in_process is not None:
        inner = _transports.InProcessTransport(route.in_process)
        httpx_arguments["proxy"] = None
        httpx_arguments["transport"] = given or _transports.UnreachableTransport()
    elif given is not None and proxy is None:
        inner = given
    else:
        inner = httpx2.HTTPTransport(proxy=proxy, **_connection(httpx_arguments))
    transport = _transports.MicroVMTransport(
        inner,
        route=route,
        tokens=TokenSource(client, microvm_identifier=microvm.microvm_id, allowed_ports=ports),
        port=default_port(ports) if port is None else port,
        # httpx2 closes a transport that it was given itself.
        closes_inner=inner is not given,
    )
    return httpx2.Client(
        base_url=route.own_url, mounts=_mounts(route, transport), **httpx_arguments
    )


def async_http_client(
    client: AsyncMicroVMClient,
    microvm: Microvm,
    *,
    allowed_ports: Iterable[PortSpecification],
    port: int | None = None,
    via: str | None = None,
    **httpx_arguments: Any,
) -> "httpx2.AsyncClient":
    """Return an asynchronous HTTP client for a running MicroVM. Otherwise as `http_client`.

    Args:
        client: The client that creates the tokens.
        microvm: The MicroVM.
        allowed_ports: The ports that the token gives access to. `AllPorts()` includes the port of
            the hooks: list the ports that you need.
        port: The port to reach, 1 to 65,535. If omitted, the only port of `allowed_ports`, or 8080
            if there are several.
        via: URL of another server that stands in for the MicroVMs' endpoints, such as an emulator
            on another machine. It receives the token, and the MicroVM's endpoint as `Host`.
        **httpx_arguments: Further arguments of `httpx2.AsyncClient`.

    Returns:
        The client. Use it in an `async with` statement or close it.

    Raises:
        ImportError: httpx2 is not installed.
        TypeError: `base_url` or `mounts` was given, or `http2=True`.
        ValueError: `via` is not an HTTP URL.
    """
    _require_httpx2("async_http_client")
    import httpx2  # noqa: PLC0415  The extra may be missing.

    from microvm_sdk.connect import _transports  # noqa: PLC0415  It imports httpx2.

    _refuse(httpx_arguments)
    ports = tuple(allowed_ports)
    route = find_route(client.sync_client.boto3_client, microvm, via)
    given = httpx_arguments.get("transport")
    proxy = _proxy(route, httpx_arguments)
    inner: httpx2.AsyncBaseTransport
    if route.in_process is not None:
        inner = _transports.AsyncInProcessTransport(route.in_process)
        httpx_arguments["proxy"] = None
        httpx_arguments["transport"] = given or _transports.UnreachableTransport()
    elif given is not None and proxy is None:
        inner = given
    else:
        inner = httpx2.AsyncHTTPTransport(proxy=proxy, **_connection(httpx_arguments))
    transport = _transports.AsyncMicroVMTransport(
        inner,
        route=route,
        tokens=AsyncTokenSource(client, microvm_identifier=microvm.microvm_id, allowed_ports=ports),
        port=default_port(ports) if port is None else port,
        closes_inner=inner is not given,
    )
    return httpx2.AsyncClient(
        base_url=route.own_url, mounts=_mounts(route, transport), **httpx_arguments
    )


def _require_httpx2(function: str) -> None:
    try:
        import_module("httpx2")
    except ImportError as error:
        msg = f'{function} needs httpx2: pip install "microvm-sdk[connect]"'
        if _PYTHON < _FIRST_PYTHON:
            msg = (
                f"{function} needs httpx2 and Python 3.11 or newer. On Python "
                f"{_PYTHON[0]}.{_PYTHON[1]}, use TokenSource with another HTTP client"
            )
        raise ImportError(msg, name="httpx2") from error


def _refuse(arguments: dict[str, Any]) -> None:
    if arguments.get("http2"):
        msg = "http2 must be off: with HTTP/2, uploads through the MicroVM's proxy are very slow"
        raise TypeError(msg)
    for name in ("base_url", "mounts"):
        if name in arguments:
            msg = f"{name} cannot be given: requests go to the MicroVM"
            raise TypeError(msg)


def _connection(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in _CONNECTION_ARGUMENTS if name in arguments}


def _proxy(route: Route, arguments: dict[str, Any]) -> Any:
    """Return the proxy that httpx2 would use: the given one, else the environment's."""
    given = arguments.get("proxy")
    if given is not None or arguments.get("transport") is not None:
        return given
    if not arguments.get("trust_env", True) or not route.trusts_environment_proxies:
        return None
    target = urlsplit(route.target)
    if proxy_bypass(target.hostname or ""):
        return None
    proxies = getproxies()
    found = proxies.get(target.scheme) or proxies.get("all")
    return f"http://{found}" if found and "://" not in found else found


def _mounts(route: Route, transport: Any) -> dict[str, Any]:
    """Return which URLs belong to the MicroVM: those over TLS, on its own host.

    Where the requests do not go to that host anyway, every URL of it does, because software that is
    reached without TLS redirects to `http://`.
    """
    secure = ("https", "wss")
    schemes = secure if route.target == route.own_url else (*secure, "http", "ws", "all")
    if route.in_process is not None:
        schemes = (*secure, "http", "ws", "all")
    return {f"{scheme}://{route.endpoint}": transport for scheme in schemes}
