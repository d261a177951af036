"""A sandbox service: the untrusted code of each user runs in a MicroVM of its own.

    SANDBOX_IMAGE=arn:aws:lambda:eu-west-1:123456789012:microvm-image:sandbox uvicorn sandbox:app

The image's software takes code at `POST /run` and a terminal at the WebSocket `/terminal`.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx2
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from httpx2.websockets import HTTPXWSException

from microvm_sdk import AsyncMicroVMClient, ErrorKind, IdlePolicy, Port, ServiceError
from microvm_sdk.connect import async_http_client, async_wait_until_responding
from microvm_sdk.lifecycle import async_start, async_terminate_all

MOST = 50
PORTS = [Port(port=8080)]
# Suspended when nobody has used it for five minutes, and resumed by the next request.
IDLE = IdlePolicy(
    max_idle_duration_seconds=300, suspended_duration_seconds=3600, auto_resume_enabled=True
)


class Sandboxes:
    """The sandboxes of this process, each a MicroVM and an HTTP client of it."""

    def __init__(self, client: AsyncMicroVMClient, image: str) -> None:
        """Begin with none."""
        self._client = client
        self._image = image
        self._starting = 0
        self._clients = AsyncExitStack()
        self.open: dict[str, httpx2.AsyncClient] = {}

    async def start(self) -> str:
        """Start a sandbox and return its id, or raise an HTTP error with status 503."""
        if len(self.open) + self._starting >= MOST:
            raise HTTPException(503, "All sandboxes are taken", {"Retry-After": "30"})
        self._starting += 1
        try:
            microvm = await async_start(
                self._client,
                image_identifier=self._image,
                idle_policy=IDLE,
                maximum_duration_in_seconds=4 * 3600,
            )
            # From here on, `close` terminates it.
            http = async_http_client(self._client, microvm, allowed_ports=PORTS, timeout=60)
            self.open[microvm.microvm_id] = await self._clients.enter_async_context(http)
        finally:
            self._starting -= 1
        await async_wait_until_responding(self._client, microvm, allowed_ports=PORTS)
        return microvm.microvm_id

    async def end(self, sandbox: str) -> None:
        """Terminate a sandbox."""
        await async_terminate_all(self._client, [sandbox])
        self.open.pop(sandbox, None)

    async def close(self) -> None:
        """Terminate all sandboxes."""
        await async_terminate_all(self._client, list(self.open))
        await self._clients.aclose()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Create the client, and terminate all sandboxes at the end."""
    async with AsyncMicroVMClient() as client:
        app.state.sandboxes = Sandboxes(client, os.environ["SANDBOX_IMAGE"])
        try:
            yield
        finally:
            await app.state.sandboxes.close()


app = FastAPI(lifespan=lifespan)


def http_of(scope: Request | WebSocket, sandbox: str) -> httpx2.AsyncClient:
    """Return the HTTP client of a sandbox."""
    http: httpx2.AsyncClient | None = scope.app.state.sandboxes.open.get(sandbox)
    if http is None:
        raise HTTPException(404, "There is no such sandbox")
    return http


@app.post("/sandboxes", status_code=201)
async def start(request: Request) -> dict[str, str]:
    """Start a sandbox."""
    return {"id": await request.app.state.sandboxes.start()}


@app.post("/sandboxes/{sandbox}/run")
async def run(sandbox: str, request: Request) -> Response:
    """Run code in a sandbox, and return what its software responds."""
    http = http_of(request, sandbox)
    try:
        response = await http.post("/run", content=await request.body())
    except ServiceError as error:
        if error.kind is ErrorKind.TERMINATED:
            raise HTTPException(410, "The sandbox has ended") from error
        raise
    except httpx2.HTTPError as error:
        raise HTTPException(502, "The sandbox does not respond") from error
    return Response(response.content, response.status_code)


@app.websocket("/sandboxes/{sandbox}/terminal")
async def terminal(websocket: WebSocket, sandbox: str) -> None:
    """Connect a user's WebSocket with the sandbox's."""
    http = http_of(websocket, sandbox)
    await websocket.accept()
    async with http.websocket("/terminal") as inside:
        ways = (
            (websocket.receive_text, inside.send_text),
            (inside.receive_text, websocket.send_text),
        )
        tasks = [asyncio.create_task(forward(*way)) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def forward(
    receive: Callable[[], Awaitable[str]], send: Callable[[str], Awaitable[object]]
) -> None:
    """Forward messages until either side closes its WebSocket."""
    with suppress(WebSocketDisconnect, HTTPXWSException):
        while True:
            await send(await receive())


@app.delete("/sandboxes/{sandbox}", status_code=204)
async def end(sandbox: str, request: Request) -> None:
    """Terminate a sandbox."""
    http_of(request, sandbox)
    await request.app.state.sandboxes.end(sandbox)
