"""A transport of httpx2 in place of the network, and bodies of responses."""

from collections.abc import Callable
from typing import Any, TypeAlias

import httpx2

Respond: TypeAlias = Callable[[httpx2.Request], httpx2.Response]

MISSING = b"Request missing authentication"
REJECTED = b"Token authentication failed"
DENIED = b"Access to port denied"


class Wire:
    """Records the requests and returns the responses of `respond`."""

    def __init__(self) -> None:
        self.sent: list[httpx2.Request] = []
        self.respond: Respond = lambda _: httpx2.Response(200)
        self.transport = httpx2.MockTransport(self._handle)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        return self.respond(request)

    def tokens(self) -> list[str | None]:
        return [request.headers.get("x-aws-proxy-auth") for request in self.sent]

    def reject(self, *rejected: str, **response: Any) -> None:
        """Respond with 403 to these tokens."""
        response = {"content": REJECTED, **response}

        def respond(request: httpx2.Request) -> httpx2.Response:
            if request.headers["x-aws-proxy-auth"] in rejected:
                return httpx2.Response(403, **response)
            return httpx2.Response(200)

        self.respond = respond

    def redirect(self, location: str, status: int = 302) -> None:
        """Redirect `/start`."""

        def respond(request: httpx2.Request) -> httpx2.Response:
            if request.url.path == "/start":
                return httpx2.Response(status, headers={"location": location})
            return httpx2.Response(200)

        self.respond = respond
