"""The proxy in front of the MicroVMs' endpoints: how it responds to a request."""

from datetime import datetime
from typing import NamedTuple

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._ports import DEFAULT_PORT, LARGEST_PORT
from microvm_sdk.testing._service.models import find_microvm
from microvm_sdk.testing._service.proxy import token_format
from microvm_sdk.testing._service.state.lock import HOOK_ENDED, STATE_LOCK
from microvm_sdk.testing._service.state.stored_microvms import Microvm

# How long a request waits for the resume hook, whose own timeout is 60 seconds at most.
_LONGEST_WAIT_SECONDS = 90


class ProxyResponse(NamedTuple):
    """How the proxy in front of a MicroVM responds."""

    status: int
    """The HTTP status: 200 when the request reaches the software in the MicroVM."""
    text: str
    """The body of the proxy's own response, plain text; empty for 200 and 502."""


FORWARDED = ProxyResponse(200, "")
_INVALID_PORT = ProxyResponse(400, "Invalid port")
_NO_TOKEN = ProxyResponse(403, "Request missing authentication")
_WRONG_TOKEN = ProxyResponse(403, "Token authentication failed")
_WRONG_PORT = ProxyResponse(403, "Access to port denied")
_BAD_GATEWAY = ProxyResponse(502, "")


def visit(microvm: str, token: str | None, port: str | int | None) -> ProxyResponse:
    """Respond to a request to a MicroVM's endpoint, in any account and region.

    It counts as traffic for the idle policy, and resumes a MicroVM whose policy says so. A request
    that resumes a MicroVM is held until the resume hook, if it is called, has responded.

    Args:
        microvm: The MicroVM's identifier or its endpoint (the `Host` header).
        token: The `X-aws-proxy-auth` header, if any.
        port: The `X-aws-proxy-port` header, if any.

    Returns:
        The response, as `respond` decides it.
    """
    with STATE_LOCK:
        found = find_microvm(microvm)
        response = respond(found, token, port, clock.now())
        if response != _BAD_GATEWAY or found is None or not found.is_held:
            return response
        HOOK_ENDED.wait_for(lambda: not found.is_held, timeout=_LONGEST_WAIT_SECONDS)
        return respond(found, token, port, clock.now())


def record_traffic(microvm: str) -> None:
    """Count a part of a response as traffic for the idle policy."""
    with STATE_LOCK:
        found = find_microvm(microvm)
        if found is not None:
            found.active_at = clock.now()


def is_running(microvm: str) -> bool:
    """Whether the software in a MicroVM is running."""
    with STATE_LOCK:
        found = find_microvm(microvm)
        if found is not None:
            found.settle(clock.now())
        return found is not None and found.is_reachable


def respond(
    microvm: Microvm | None, token: str | None, port: str | int | None, now: datetime
) -> ProxyResponse:
    """Decide how the proxy responds to a request; the caller holds `STATE_LOCK`.

    The proxy checks the token, then the port, then the state.

    Args:
        microvm: The MicroVM; `None` when no MicroVM has that endpoint.
        token: The `X-aws-proxy-auth` header, if any.
        port: The `X-aws-proxy-port` header; 8080 when it is `None`.
        now: The current time.

    Returns:
        200 when the request reaches the software in the MicroVM, to which the caller forwards it.
        400 when the port is not a number from 1 to 65535. 403 "Request missing authentication"
        when the token is missing or unreadable, "Token authentication failed" when it belongs to
        another MicroVM or has expired, "Access to port denied" when it is for other ports. 502
        without text when the token is for a shell, or when the MicroVM, or the software in it, is
        starting, or when the MicroVM is suspended without automatic resumption, or terminated; the
        caller returns 502 too when nothing listens on the port.
    """
    claims = token_format.read(token)
    if claims is None:
        return _NO_TOKEN
    number = port_number(port)
    if number is None:
        return _INVALID_PORT
    if microvm is None or claims.microvm_id != microvm.id or claims.expires_at <= now:
        return _WRONG_TOKEN
    if not claims.allows(number):
        # A token for a shell allows no port.
        return _BAD_GATEWAY if claims.shell else _WRONG_PORT
    microvm.settle(now)
    if microvm.state == "SUSPENDED" and microvm.resumes_automatically:
        microvm.resume_for_request(now)
    if not microvm.is_reachable or now < microvm.started_at + conditions.boot_time:
        return _BAD_GATEWAY
    microvm.active_at = now
    return FORWARDED


def port_number(header: str | int | None) -> int | None:
    """Return the port that a request is for, `None` if it is invalid."""
    text = str(DEFAULT_PORT if header is None else header)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len("100000") else 0
    return number if 1 <= number <= LARGEST_PORT else None
