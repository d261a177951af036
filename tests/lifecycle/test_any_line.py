"""An exception at any line of a start or an end: no MicroVM runs that nobody is told about.

Each line in turn raises an exception once, and plain boto3 lists what runs afterwards.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from endings import (
    LIFECYCLE,
    PACKAGE,
    Interruption,
    TimeLimit,
    Tracer,
    caught,
    circumstances,
    traced,
    unnamed,
)
from local_image import LocalImage, LocalService

from microvm_sdk import AsyncMicroVMClient
from microvm_sdk.lifecycle import async_running, async_start, running, start

# An exception in a generator that is being closed has nowhere to go.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

LOST = {"lost": 1}
LOST_TWICE = {"lost": 2}
DENIED = {"denied": True}
LOST_AND_DENIED = {"lost": 1, "denied": True}
ALL = ({}, LOST, LOST_TWICE, DENIED, LOST_AND_DENIED)


class Unhappy(Exception):
    """What a block raises."""


def succeed_in_a_block(service: LocalService, image: LocalImage) -> None:
    with running(service.client, image_identifier=image.arn):
        pass


def fail_in_a_block(service: LocalService, image: LocalImage) -> None:
    with running(service.client, image_identifier=image.arn):
        raise Unhappy


def fail_to_start(service: LocalService, image: LocalImage) -> None:
    service.controls.fail_next_microvm("run")
    start(service.client, image_identifier=image.arn)


def succeed_in_an_async_block(service: LocalService, image: LocalImage) -> None:
    async def block() -> None:
        async with async_running(
            AsyncMicroVMClient(client=service.client), image_identifier=image.arn
        ):
            pass

    asyncio.run(block())


def fail_in_an_async_block(service: LocalService, image: LocalImage) -> None:
    async def block() -> None:
        async with async_running(
            AsyncMicroVMClient(client=service.client), image_identifier=image.arn
        ):
            raise Unhappy

    asyncio.run(block())


def fail_to_start_in_asyncio(service: LocalService, image: LocalImage) -> None:
    service.controls.fail_next_microvm("run")
    asyncio.run(async_start(AsyncMicroVMClient(client=service.client), image_identifier=image.arn))


SCENES = (
    succeed_in_a_block,
    fail_in_a_block,
    fail_to_start,
    succeed_in_an_async_block,
    fail_in_an_async_block,
    fail_to_start_in_asyncio,
)
# What a response that is lost changes happens before a block begins.
IMPORTANT = [
    (scene, around)
    for scene in SCENES
    for around in ((LOST_TWICE, LOST_AND_DENIED) if "start" in scene.__name__ else ({}, DENIED))
]


def check_lines(
    service: LocalService,
    scene: Callable[[LocalService, LocalImage], None],
    around: dict[str, Any],
    folder: str,
    *,
    error: type[BaseException] = Interruption,
    step: int = 1,
) -> int:
    """Raise at a line, then at the one `step` lines later; return how many lines there were."""
    image = service.image()
    at = 1
    while True:
        tracer = Tracer(at, error(), folder)
        with circumstances(service, **around), traced(tracer):
            raised = caught(lambda image=image: scene(service, image))  # type: ignore[misc]
        service.controls.clear_scheduled_failures()
        assert unnamed(image, raised) == set(), tracer.place
        if not tracer.place:
            return at
        at += step
        if at % 50 < step:  # Listings stay short.
            service.reset()
            image = service.image()


@pytest.mark.parametrize(("scene", "around"), IMPORTANT)
def test_exception_at_any_line_of_lifecycle(
    service: LocalService, scene: Callable[..., None], around: dict[str, Any]
) -> None:
    assert check_lines(service, scene, around, LIFECYCLE) > 30


@pytest.mark.slow
@pytest.mark.parametrize("around", ALL)
@pytest.mark.parametrize("scene", SCENES)
def test_time_limit_at_any_line_of_lifecycle(
    service: LocalService, scene: Callable[..., None], around: dict[str, Any]
) -> None:
    assert check_lines(service, scene, around, LIFECYCLE, error=TimeLimit) > 30


@pytest.mark.slow
@pytest.mark.parametrize(("scene", "around"), IMPORTANT)
def test_exception_at_lines_of_the_whole_package(
    service: LocalService, scene: Callable[..., None], around: dict[str, Any]
) -> None:
    assert check_lines(service, scene, around, PACKAGE, step=7) > 100
