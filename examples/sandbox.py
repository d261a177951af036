"""A sandbox service: the untrusted code of each user runs in a MicroVM of its own.

    export SANDBOX_IMAGE=arn:aws:lambda:eu-west-1:123456789012:microvm-image:sandbox
    uvicorn sandbox:app --timeout-graceful-shutdown 30

The image's software takes code at `POST /run` and a terminal at the WebSocket `/terminal`.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

import httpx2
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.websockets import WebSocketState
from httpx2.websockets import HTTPXWSException

from microvm_sdk import AsyncMicroVMClient, ErrorKind, IdlePolicy, Port, ServiceError, WaiterError
from microvm_sdk.connect import async_http_client, async_wait_until_responding
from microvm_sdk.lifecycle import async_start, async_terminate_all

MOST = 50
PORTS = [Port(port=8080)]
# Suspended when nobody has used it for five minutes, and resumed by the next request.
IDLE = IdlePolicy(
    max_idle_duration_seconds=300, suspended_duration_seconds=3600, auto_resume_enabled=True
)
# In seconds.
LIFETIME = 4 * 3600
BOOT = 60
RUN = 60
BETWEEN_CHECKS = 60
LARGEST_OUTPUT = 1_000_000  # Bytes.
BUSY = {ErrorKind.NO_CAPACITY, ErrorKind.QUOTA_EXCEEDED, ErrorKind.THROTTLED}


class Sandboxes:
    """The sandboxes of this process: the id of each MicroVM, and an HTTP client for it."""

    def __init__(self, client: AsyncMicroVMClient, image: str) -> None:
        """Begin with none."""
        self._client = client
        self._image = image
        self._starting = 0
        self._watchers: set[asyncio.Task[None]] = set()
        self.open: dict[str, httpx2.AsyncClient] = {}

    async def start(self) -> str:
        """Start a sandbox, and return its id."""
        if len(self.open) + self._starting >= MOST:
            raise HTTPException(503, "All sandboxes are taken", {"Retry-After": "30"})
        self._starting += 1
        try:
            microvm = await async_start(
                self._client,
                image_identifier=self._image,
                idle_policy=IDLE,
                maximum_duration_in_seconds=LIFETIME,
            )
            # From here on, `close` terminates it.
            self.open[microvm.microvm_id] = async_http_client(
                self._client, microvm, allowed_ports=PORTS
            )
        finally:
            self._starting -= 1
        watcher = asyncio.create_task(self._watch(microvm.microvm_id))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)
        try:
            await async_wait_until_responding(
                self._client, microvm, allowed_ports=PORTS, timeout=BOOT
            )
        except BaseException:
            await self.end(microvm.microvm_id)
            raise
        return microvm.microvm_id

    async def _watch(self, sandbox: str) -> None:
        """Make room for another sandbox when this one has ended, for whatever reason."""
        await self._client.wait_until_microvm_terminated(
            microvm_identifier=sandbox, timeout=LIFETIME + 3600, poll_interval=BETWEEN_CHECKS
        )
        await self._forget(sandbox)

    async def _forget(self, sandbox: str) -> None:
        http = self.open.pop(sandbox, None)
        if http is not None:
            await http.aclose()

    async def end(self, sandbox: str) -> None:
        """Terminate a sandbox."""
        await async_terminate_all(self._client, [sandbox])
        await self._forget(sandbox)

    async def close(self) -> None:
        """Terminate all sandboxes."""
        for watcher in self._watchers:
            watcher.cancel()
        for sandbox in await async_terminate_all(self._client, list(self.open)):
            await self._forget(sandbox)


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


@contextmanager
def http_errors() -> Generator[None]:
    """Convert the failures of a sandbox to HTTP errors; others stay a 500."""
    try:
        yield
    except ServiceError as error:
        if error.kind is ErrorKind.TERMINATED:
            raise HTTPException(410, "The sandbox has ended") from error
        if error.kind in BUSY:
            raise HTTPException(503, "Try again later", {"Retry-After": "30"}) from error
        raise
    except WaiterError as error:
        raise HTTPException(502, "The sandbox does not start") from error
    except (httpx2.HTTPError, HTTPXWSException) as error:
        raise HTTPException(502, "The sandbox does not respond") from error
    except asyncio.TimeoutError as error:
        raise HTTPException(504, "The code took too long") from error


def http_of(scope: Request | WebSocket, sandbox: str) -> httpx2.AsyncClient:
    """Return the HTTP client of a sandbox."""
    http: httpx2.AsyncClient | None = scope.app.state.sandboxes.open.get(sandbox)
    if http is None:
        raise HTTPException(404, "There is no such sandbox")
    return http


@app.post("/sandboxes", status_code=201)
async def start(request: Request) -> dict[str, str]:
    """Start a sandbox."""
    sandboxes: Sandboxes = request.app.state.sandboxes
    with http_errors():
        sandbox = await sandboxes.start()
        if await request.is_disconnected():
            await sandboxes.end(sandbox)  # Nobody would learn its id.
    return {"id": sandbox}


@app.post("/sandboxes/{sandbox}/run")
async def run(sandbox: str, request: Request) -> Response:
    """Run code in a sandbox, and return its output."""
    http = http_of(request, sandbox)
    code = await request.body()
    with http_errors():
        output = await asyncio.wait_for(output_of(http, code), RUN)
    # Without a type, a browser may take the output for a page of this service.
    return Response(output, media_type="application/octet-stream")


async def output_of(http: httpx2.AsyncClient, code: bytes) -> bytes:
    """Send code to the software in a sandbox, and trust nothing about its response."""
    output = bytearray()
    async with http.stream("POST", "/run", content=code, timeout=RUN) as response:
        if not response.is_success:
            raise HTTPException(502, f"The sandbox responded with {response.status_code}")
        async for chunk in response.aiter_raw():
            output += chunk
            if len(output) > LARGEST_OUTPUT:
                raise HTTPException(502, "The output is too large")
    return bytes(output)


@app.websocket("/sandboxes/{sandbox}/terminal")
async def terminal(websocket: WebSocket, sandbox: str) -> None:
    """Connect a user's WebSocket with the sandbox's."""
    http = http_of(websocket, sandbox)
    async with AsyncExitStack() as opened:
        with http_errors():
            inside = await opened.enter_async_context(http.websocket("/terminal"))
        await websocket.accept()
        tasks = [
            asyncio.create_task(forward(websocket.receive_text, inside.send_text)),
            asyncio.create_task(forward(inside.receive_text, websocket.send_text)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
    if websocket.client_state is WebSocketState.CONNECTED:
        await websocket.close()


async def forward(
    receive: Callable[[], Awaitable[str]], send: Callable[[str], Awaitable[object]]
) -> None:
    """Forward texts until either side closes its WebSocket, or sends something else."""
    # Starlette raises a `KeyError` for a binary message.
    with suppress(WebSocketDisconnect, HTTPXWSException, KeyError):
        while True:
            await send(await receive())


@app.delete("/sandboxes/{sandbox}", status_code=204)
async def end(sandbox: str, request: Request) -> None:
    """Terminate a sandbox."""
    http_of(request, sandbox)
    with http_errors():
        await request.app.state.sandboxes.end(sandbox)
