"""Which requests the server accepts: those of programs, not those of foreign web pages.

The server has no authentication, and a web page that is open in a browser can send requests to
this machine. Browsers say where such requests come from, in `Origin` and `Sec-Fetch-Site`. A page
whose host name has been made to resolve to this machine (DNS rebinding) is recognized by its
`Host`.
"""

from collections.abc import Collection, Mapping

from microvm_sdk._loopback import is_loopback
from microvm_sdk.testing._aws_hosts import aws_domains

# Hosts of AWS, which clients send when a proxy or a host file redirects them to this machine:
# endpoints of the service, and of MicroVMs.
_AWS_SUFFIXES = tuple(sorted(f".{domain}" for domain in aws_domains() | {"api.aws", "on.aws"}))


def reason_to_refuse(headers: Mapping[str, str], allowed_hosts: Collection[str]) -> str | None:
    """Decide whether a request may be served.

    Args:
        headers: The request's headers, by their names in lower case.
        allowed_hosts: Host names and addresses that the request may be sent to, in lower case,
            besides loopback and AWS's own.

    Returns:
        A sentence that says why the request is refused; `None` if it is accepted.
    """
    host = headers.get("host", "").strip().lower()
    # A program may leave out the header; no browser does.
    if host and not _is_expected(_name(host), allowed_hosts):
        return (
            f"The local service does not serve the host {_name(host)[:255]!r}. If this is its name "
            "in your network, allow it with --allow-host or MicroVMServer(allowed_hosts=...)."
        )
    origin = headers.get("origin", "").strip().lower()
    if origin and origin.partition("://")[2] != host:
        return "The local service does not serve requests of web pages from elsewhere (Origin)."
    if headers.get("sec-fetch-site", "none").strip().lower() not in {"none", "same-origin"}:
        return "The local service does not serve requests of other web sites (Sec-Fetch-Site)."
    return None


def _name(host: str) -> str:
    """Return the name or address in a `Host` header, without the port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].rstrip(".") if ":" in host else host.rstrip(".")


def _is_expected(name: str, allowed_hosts: Collection[str]) -> bool:
    return (
        is_loopback(name)
        or name in allowed_hosts
        or (name.endswith(_AWS_SUFFIXES) and not name.startswith("."))
    )
