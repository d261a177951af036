"""`start`, `running` and their twins, against canned responses."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from loopback import Canned, Loopback, case

from microvm_sdk import AsyncMicroVMClient, Microvm, MicroVMClient
from microvm_sdk.lifecycle import async_running, async_start, running, start

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
MICROVM = case("recorded/vms-lifecycle/get-until-running").body
MICROVM_ID = MICROVM["microvmId"]
STARTED = Canned(body={**MICROVM, "state": "PENDING"})
RUNNING = Canned(body={**MICROVM, "state": "RUNNING"})
TERMINATED = Canned(body={**MICROVM, "state": "TERMINATED", "stateReason": "Container Stopped"})
NOT_FOUND = case("recorded/errors-not-found/get-vm-missing")
OK = Canned()
LOST = Canned(504, b"<html>")  # From a gateway, although the service has taken the request.


def error(status: int, code: str, message: str = "no") -> Canned:
    return Canned(status, {"message": message}, {"x-amzn-errortype": code})


DENIED = error(403, "AccessDeniedException", "not allowed")
ENDED = error(
    400, "ValidationException", "MicroVM x has been terminated and its state cannot be changed"
)


class Caller:
    """Calls the synchronous functions, or their twins in asyncio."""

    def __init__(self, client: MicroVMClient, *, is_async: bool) -> None:
        self.client = client
        self.is_async = is_async

    def start(self, **arguments: Any) -> Microvm:
        arguments = {"image_identifier": IMAGE, "poll_interval": 0.01, **arguments}
        if not self.is_async:
            return start(self.client, **arguments)
        client = AsyncMicroVMClient(client=self.client)
        return asyncio.run(async_start(client, **arguments))

    def run(self, block: Callable[[Microvm], object] = bool, **arguments: Any) -> None:
        arguments = {"image_identifier": IMAGE, "poll_interval": 0.01, **arguments}
        if not self.is_async:
            with running(self.client, **arguments) as microvm:
                block(microvm)
            return

        async def run() -> None:
            async with async_running(
                AsyncMicroVMClient(client=self.client), **arguments
            ) as microvm:
                block(microvm)

        asyncio.run(run())


def calls(loopback: Loopback) -> list[str]:
    """Return the names of the calls that were made."""
    names = {"POST": "run", "GET": "get", "DELETE": "terminate"}
    return [names[request.method] for request in loopback.requests]


def tokens(loopback: Loopback) -> list[str]:
    """Return the client tokens that were sent."""
    return [
        json.loads(request.body)["clientToken"]
        for request in loopback.requests
        if request.method == "POST"
    ]


def notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])
