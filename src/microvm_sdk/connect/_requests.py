"""Requests as they are sent to a MicroVM: with its token, and a second time if it is rejected."""

from collections.abc import Callable
from typing import Any

import httpx2

from microvm_sdk.connect._route import Route
from microvm_sdk.models import AuthToken

_SUBPROTOCOLS_HEADER = "Sec-WebSocket-Protocol"


def with_token(
    request: httpx2.Request, token: AuthToken, route: Route, port: int
) -> httpx2.Request:
    """Return a copy of a request that has the token and is addressed as the route says.

    Args:
        request: The request. It is not changed, because its headers may be logged, or sent
            elsewhere after a redirect.
        token: The token.
        route: Where to send the copy.
        port: The MicroVM's port.
    """
    headers = httpx2.Headers(request.headers)
    # Not a `Host` of the caller's: a server for several MicroVMs selects the MicroVM by it.
    headers["Host"] = route.endpoint
    if headers.get("upgrade", "").lower() == "websocket":
        protocols = token.websocket_subprotocols(port)
        if _SUBPROTOCOLS_HEADER in headers:
            protocols.append(headers[_SUBPROTOCOLS_HEADER])
        headers[_SUBPROTOCOLS_HEADER] = ", ".join(protocols)
    else:
        headers.update(token.headers(port))
    url = request.url
    if route.via is not None:
        via = httpx2.URL(route.via)
        url = via.copy_with(raw_path=via.raw_path.rstrip(b"/") + url.raw_path)
    return httpx2.Request(
        request.method, url, headers=headers, stream=request.stream, extensions=request.extensions
    )


def rewinder(body: Any) -> Callable[[], bool] | None:
    """Prepare for sending a body twice.

    httpx2 has no public API for what a body is made of, so its attributes are examined. A body that
    lacks them is sent once.

    Args:
        body: The stream of a request that has not been sent yet.

    Returns:
        A function that rewinds the body once it has been sent, and returns whether it could;
        `None` if the body cannot be sent again.
    """
    if isinstance(body, httpx2.ByteStream):
        return _nothing_to_rewind
    fields = getattr(body, "fields", None)
    if isinstance(fields, list):
        # Of `files=` and `data=`. httpx2 itself rewinds the files.
        files = [field.file for field in fields if hasattr(field, "file")]
        return _nothing_to_rewind if all(map(_is_repeatable, files)) else None
    content: Any = getattr(body, "_stream", None)
    if isinstance(content, (list, tuple)):
        return _nothing_to_rewind
    if not _is_seekable(content):
        return None
    try:
        start = content.tell()
    except (OSError, ValueError):
        return None

    def rewind() -> bool:
        try:
            content.seek(start)
        except (OSError, ValueError):
            return False
        return True

    return rewind


def _nothing_to_rewind() -> bool:
    return True


def _is_repeatable(file: Any) -> bool:
    return isinstance(file, (str, bytes)) or _is_seekable(file)


def _is_seekable(file: Any) -> bool:
    seekable = getattr(file, "seekable", None)
    try:
        return bool(seekable()) if callable(seekable) else False
    except (OSError, ValueError):
        return False
