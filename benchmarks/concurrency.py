"""Compare asynchronous clients: calls per second at 50 ms of latency, with 1 to 100 calls at once.

    uv run python benchmarks/concurrency.py

The candidates are `AsyncMicroVMClient`, boto3 with `asyncio.to_thread` in Python's default pool,
and aiobotocore. The last pins a botocore of its own, so it runs in an environment of its own:

    uv run --isolated --no-project --with 'aiobotocore>=3.10' python benchmarks/concurrency.py
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

LATENCY = 0.05
AT_ONCE = (1, 8, 32, 100)
MICROVM = {
    "microvmId": "microvm-1",
    "state": "RUNNING",
    "endpoint": "example.lambda-microvm.eu-west-1.on.aws",
    "imageArn": "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web",
    "imageVersion": "1.0",
    "maximumDurationInSeconds": 28800,
    "startedAt": 1790000000,
}
ARGUMENTS: dict[str, Any] = {
    "region_name": "eu-west-1",
    "aws_access_key_id": "testing",
    "aws_secret_access_key": "testing",
}

Call = Callable[[], Awaitable[object]]


async def serve() -> None:
    """Return the same response to every request, after the latency. It prints its port."""
    body = json.dumps(MICROVM).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(LATENCY)
                writer.write(f"{head}\r\n\r\n".encode() + body)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0, backlog=200)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@asynccontextmanager
async def sdk(url: str) -> AsyncGenerator[Call, None]:
    """Call with `AsyncMicroVMClient` as it is by default: 32 threads."""
    from microvm_sdk import AsyncMicroVMClient  # noqa: PLC0415  aiobotocore's environment lacks it.

    async with AsyncMicroVMClient(region_name="eu-west-1", endpoint_url=url) as client:
        yield lambda: client.get_microvm(microvm_identifier="microvm-1")


@asynccontextmanager
async def boto3_in_the_default_pool(url: str) -> AsyncGenerator[Call, None]:
    """Call boto3 with `asyncio.to_thread`: as many threads as processors, and four."""
    import boto3  # noqa: PLC0415  aiobotocore's environment lacks it.

    session = boto3.Session(**ARGUMENTS)
    client = session.client("lambda-microvms", endpoint_url=url)
    yield lambda: asyncio.to_thread(client.get_microvm, microvmIdentifier="microvm-1")
    client.close()


@asynccontextmanager
async def aiobotocore(url: str) -> AsyncGenerator[Call, None]:
    """Call with aiobotocore, with a connection for each call."""
    # The SDK's environment lacks it, so that type checkers cannot import it either.
    settings = import_module("aiobotocore.config").AioConfig(max_pool_connections=max(AT_ONCE))
    session = import_module("aiobotocore.session").get_session()
    arguments = {**ARGUMENTS, "endpoint_url": url, "config": settings}
    async with session.create_client("lambda-microvms", **arguments) as client:
        yield lambda: client.get_microvm(microvmIdentifier="microvm-1")


async def calls_per_second(call: Call, at_once: int, seconds: float) -> float:
    """Measure.

    Args:
        call: Makes a call.
        at_once: How many tasks make calls one after the other.
        seconds: How long to measure.

    Returns:
        Calls per second.
    """
    await asyncio.gather(*(call() for _ in range(at_once)))
    started = time.perf_counter()

    async def calls() -> int:
        count = 0
        while time.perf_counter() - started < seconds:
            await call()
            count += 1
        return count

    total = sum(await asyncio.gather(*(calls() for _ in range(at_once))))
    return total / (time.perf_counter() - started)


async def measure(port: str, counts: tuple[int, ...], seconds: float) -> None:
    """Print a row for each candidate that is installed."""
    candidates = {
        "AsyncMicroVMClient": ("microvm_sdk", sdk),
        "boto3 in the default pool": ("microvm_sdk", boto3_in_the_default_pool),
        "aiobotocore": ("aiobotocore", aiobotocore),
    }
    for name, (package, candidate) in candidates.items():
        if find_spec(package):
            async with candidate(f"http://127.0.0.1:{port}") as call:
                found = [await calls_per_second(call, count, seconds) for count in counts]
            print(f"| {name} | {' | '.join(f'{rate:.0f}' for rate in found)} |", flush=True)


def main() -> None:
    """Print the table."""
    if "--serve" in sys.argv:
        asyncio.run(serve())
        return
    os.environ |= {name.upper(): value for name, value in ARGUMENTS.items() if "key" in name}
    counts, seconds = (AT_ONCE[1:2], 0.05) if "--quick" in sys.argv else (AT_ONCE, 4.0)
    print(f"| calls per second, at once: | {' | '.join(map(str, counts))} |")
    print(f"| --- |{' --- |' * len(counts)}", flush=True)
    command = [sys.executable, __file__, "--serve"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  The command is this script.
    try:
        port = server.stdout.readline().strip() if server.stdout else ""
        asyncio.run(measure(port, counts, seconds))
    finally:
        server.kill()
        server.communicate()


if __name__ == "__main__":
    main()
