"""Where requests for a MicroVM are sent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import urlsplit

from microvm_sdk._arguments import refuse
from microvm_sdk._loopback import is_loopback
from microvm_sdk.models import Microvm

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

_TLS_PORT = 443
_TLS_SCHEMES = ("https", "wss")
_PLAIN_SCHEMES = ("http", "ws")

Response: TypeAlias = tuple[int, Sequence[tuple[str, str]], Iterable[bytes]]


class InProcessService(Protocol):
    """A local service in this process that responds in place of a MicroVM's endpoint."""

    def __call__(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Response:
        """Return the status, the headers and the body."""
        ...


local_services: list[Callable[[], InProcessService | None]] = []
"""Functions that return a local service in this process, if there is one.

`microvm_sdk.testing` adds its own.
"""


@dataclass(frozen=True)
class Route:
    """Where to send the requests for a MicroVM."""

    endpoint: str
    """The MicroVM's own host."""
    via: str | None = None
    """URL of the server that forwards requests by their `Host`; `None` for the endpoint itself."""
    in_process: InProcessService | None = None
    """The local service that responds in place of the endpoint."""

    @property
    def own_url(self) -> str:
        """The URL of the MicroVM, whichever server requests go through."""
        return f"https://{self.endpoint}"

    @property
    def target(self) -> str:
        """The URL to connect to."""
        return self.via or self.own_url

    @property
    def url_patterns(self) -> list[str]:
        """httpx2's patterns of all URLs for which `owns` must be called."""
        schemes = _TLS_SCHEMES if self.is_direct else (*_TLS_SCHEMES, *_PLAIN_SCHEMES, "all")
        # The second pattern, which includes subdomains, is as long as that of a host in `NO_PROXY`:
        # httpx2 uses the longest that matches.
        hosts = [self.endpoint] if ":" in self.endpoint else [self.endpoint, f"*{self.endpoint}"]
        return [f"{scheme}://{host}" for scheme in schemes for host in hosts]

    def owns(self, scheme: str, host: str, port: int | None) -> bool:
        """Return whether a URL is the MicroVM's own, so that requests to it carry the token.

        Over TLS only. If requests go to another server or stay in the process, a URL without TLS
        counts, too, because software that is reached without TLS redirects to such URLs.

        Args:
            scheme: The URL's scheme, in lower case.
            host: The URL's host, in lower case.
            port: The URL's port; `None` for the default port of its scheme.
        """
        own = urlsplit(self.own_url)
        if host != own.hostname:
            return False
        if scheme in _TLS_SCHEMES:
            return (port or _TLS_PORT) == (own.port or _TLS_PORT)
        return not self.is_direct and scheme in _PLAIN_SCHEMES and port in {None, own.port}

    @property
    def is_direct(self) -> bool:
        """Whether requests go to the endpoint itself."""
        return self.via is None and self.in_process is None

    @property
    def trusts_environment_proxies(self) -> bool:
        """Whether a proxy may be used: the token must not leave this machine in plain text."""
        return not _is_this_machine(self.target)


def find_route(
    boto3_client: "LambdaMicroVMsClient", microvm: Microvm, via: str | None = None
) -> Route:
    """Decide where to send the requests for a MicroVM.

    Args:
        boto3_client: The client that returned the MicroVM.
        microvm: The MicroVM.
        via: URL of a server that stands in for the MicroVMs' endpoints.

    Returns:
        The route. Inside `mock_microvms()` it stays in this process. Otherwise it uses `via`, or
        the server on loopback that the client calls, or the MicroVM's endpoint.

    Raises:
        TypeError: `via` is not a string.
        ValueError: `via` is not an HTTP URL.
    """
    if via is not None:
        _require_http_url(via)
    for find in local_services:
        service = find()
        if service is not None:
            return Route(microvm.endpoint, in_process=service)
    if via is not None:
        return Route(microvm.endpoint, via=via.rstrip("/"))
    service_url = boto3_client.meta.endpoint_url
    if _is_this_machine(service_url):
        url = urlsplit(service_url)
        return Route(microvm.endpoint, via=f"{url.scheme}://{url.netloc}")
    return Route(microvm.endpoint)


def _require_http_url(via: object) -> None:
    if not isinstance(via, str):
        refuse("via", "a URL", via)
    url = urlsplit(via)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        msg = f"via must be an http or https URL without a query, got {via!r}"
        raise ValueError(msg)


def _is_this_machine(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")
