"""Requests to an ASGI application, without a server."""

import asyncio
import json
from typing import Any


def call_app(app: Any, *requests: tuple[str, str]) -> list[tuple[int, Any]]:
    """Start an application, send it requests by method and path, and stop it.

    Returns:
        The status and the JSON of each response.
    """

    async def call_all() -> list[tuple[int, Any]]:
        async with app.router.lifespan_context(app):
            return [await _call(app, method, path) for method, path in requests]

    return asyncio.run(call_all())


def post(app: Any, path: str, body: Any) -> tuple[int, Any]:
    """Send an application JSON, and return the status and the JSON of its response."""
    return asyncio.run(_call(app, "POST", path, json.dumps(body).encode()))


async def _call(app: Any, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")] if body else [],
        "server": ("test", 80),
        "app": app,
    }
    await app(scope, receive, send)
    start, *bodies = sent
    return start["status"], json.loads(b"".join(message["body"] for message in bodies))
