"""What each process of the benchmark runs: `python programs.py CLIENT TASK URL`.

A task that measures time or memory itself prints the number. The others are measured from outside.
Imports stand where they are used, because a cold start measures them.
"""

# ruff: noqa: PLC0415

import sys
from collections.abc import Callable, Iterator
from typing import Any

REGION = "eu-west-1"
IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
LONG = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:long"
CALLS = 200
BURST = 32


class Boto3:
    """Raw boto3."""

    def __init__(self, url: str) -> None:
        """Create a client."""
        import boto3

        self.client: Any = boto3.client("lambda-microvms", region_name=REGION, endpoint_url=url)

    def small(self) -> Any:
        """Get a MicroVM."""
        return self.client.get_microvm(microvmIdentifier="microvm-1")

    def largest(self) -> Any:
        """Update a version that has every member."""
        return self.client.update_microvm_image_version(
            imageIdentifier=IMAGE, imageVersion="3.0", status="INACTIVE"
        )

    def versions(self, image: str = IMAGE) -> Iterator[Any]:
        """List versions."""
        pages = self.client.get_paginator("list_microvm_image_versions").paginate(
            imageIdentifier=image
        )
        return (item for page in pages for item in page["items"])


class Sdk:
    """microvm-sdk."""

    def __init__(self, url: str) -> None:
        """Create a client."""
        from microvm_sdk import MicroVMClient

        self.client = MicroVMClient(region_name=REGION, endpoint_url=url)

    def small(self) -> Any:
        """Get a MicroVM."""
        return self.client.get_microvm(microvm_identifier="microvm-1")

    def largest(self) -> Any:
        """Update a version that has every member."""
        return self.client.update_microvm_image_version(
            image_identifier=IMAGE, image_version="3.0", status="INACTIVE"
        )

    def versions(self, image: str = IMAGE) -> Iterator[Any]:
        """List versions."""
        return iter(self.client.list_microvm_image_versions(image_identifier=image))


class Capo:
    """capo-lambda-microvms, which has an HTTP stack of its own."""

    def __init__(self, url: str) -> None:
        """Create a client."""
        from capo_lambda_microvms import LambdaMicrovmsClient

        self.client: Any = LambdaMicrovmsClient(
            endpoint=url,
            region=REGION,
            credentials={"access_key": "testing", "secret_key": "testing"},
        )

    def small(self) -> Any:
        """Get a MicroVM."""
        return self.client.get_microvm(microvm_identifier="microvm-1")

    def largest(self) -> Any:
        """Update a version that has every member."""
        return self.client.update_microvm_image_version(
            image_identifier=IMAGE, image_version="3.0", status="INACTIVE"
        )

    def versions(self, image: str = IMAGE) -> Iterator[Any]:
        """List versions, a page at a time."""
        token: dict[str, str] = {}
        while True:
            page = self.client.list_microvm_image_versions(image_identifier=image, **token)
            yield from page["items"]
            if not page.get("next_token"):
                return
            token = {"next_token": page["next_token"]}


CLIENTS: dict[str, type[Boto3 | Sdk | Capo]] = {"boto3": Boto3, "sdk": Sdk, "capo": Capo}


def timed(call: Callable[[], object], calls: int) -> float:
    """Return the seconds of a call, over so many calls after a few that do not count."""
    import time

    for _ in range(5):
        call()
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - begin) / calls


def resident() -> float:
    """Return the memory of this process now, in bytes."""
    from pathlib import Path

    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def kept(client: Boto3 | Sdk | Capo) -> float:
    """Return the memory that 10,000 versions take that are kept, in bytes."""
    import gc

    list(client.versions())
    gc.collect()
    before = resident()
    versions = list(client.versions(LONG))
    gc.collect()
    return resident() - before if versions else 0


def burst(client: Boto3 | Sdk | Capo) -> float:
    """Return the seconds of 32 first calls in as many threads."""
    import time
    from concurrent.futures import ThreadPoolExecutor

    begin = time.perf_counter()
    with ThreadPoolExecutor(BURST) as pool:
        list(pool.map(lambda _: client.small(), range(BURST)))
    return time.perf_counter() - begin


def async_burst(url: str) -> float:
    """Return the seconds of 32 first calls of the asynchronous client at once."""
    import asyncio
    import time

    from microvm_sdk import AsyncMicroVMClient

    async def calls() -> float:
        async with AsyncMicroVMClient(region_name=REGION, endpoint_url=url) as client:
            begin = time.perf_counter()
            await asyncio.gather(
                *(client.get_microvm(microvm_identifier="microvm-1") for _ in range(BURST))
            )
            return time.perf_counter() - begin

    return asyncio.run(calls())


def imported(statement: str) -> float:
    """Return the seconds of an import."""
    import time

    begin = time.perf_counter()
    exec(statement)  # noqa: S102  The statements are constants of this benchmark.
    return time.perf_counter() - begin


MEASURED: dict[str, Callable[[Any], float]] = {
    "small": lambda client: timed(client.small, CALLS),
    "largest": lambda client: timed(client.largest, CALLS),
    "page": lambda client: timed(lambda: list(client.versions()), CALLS // 4),
    "list": lambda client: timed(lambda: list(client.versions(LONG)), 1),
    "kept": kept,
    "burst": burst,
}


def main() -> None:
    """Run a task."""
    name, task, target = sys.argv[1:]
    if task == "import":
        print(imported(target))
    elif name == "async":
        print(async_burst(target))
    elif task == "first":
        CLIENTS[name](target).small()
    else:
        print(MEASURED[task](CLIENTS[name](target)))


if __name__ == "__main__":
    main()
