"""An exception at any line of a start or an end: no MicroVM runs that nobody is told about.

Each line in turn raises an exception once, and plain boto3 lists what runs afterwards.
"""

import asyncio
from collections.abc import Callable, Iterator
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
from local_image import LocalImage, LocalService, service_in_process

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


@pytest.fixture
def service() -> Iterator[LocalService]:
    with service_in_process() as service:
        service.reset()
        yield service


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


def check_each_line(
    service: LocalService,
    scene: Callable[[LocalService, LocalImage], None],
    around: dict[str, Any],
    error: type[BaseException],
    folder: str,
) -> int:
    """Raise at each line in turn, and return how many there were."""
    image = service.image()
    at = 0
    has_raised = True
    while has_raised:
        at += 1
        tracer = Tracer(at, error(), folder)
        with circumstances(service, **around), traced(tracer):
            raised = caught(lambda: scene(service, image))
        service.controls.clear_scheduled_failures()
        assert unnamed(image, raised) == set(), tracer.place
        has_raised = bool(tracer.place)
    return at - 1


@pytest.mark.parametrize(("scene", "around"), IMPORTANT)
def test_exception_at_any_line_of_lifecycle(
    service: LocalService, scene: Callable[..., None], around: dict[str, Any]
) -> None:
    assert check_each_line(service, scene, around, Interruption, LIFECYCLE) > 30


@pytest.mark.slow
@pytest.mark.parametrize("around", ALL)
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("error", [Interruption, TimeLimit])
def test_exception_at_any_line_of_the_package(
    service: LocalService,
    scene: Callable[..., None],
    around: dict[str, Any],
    error: type[BaseException],
) -> None:
    assert check_each_line(service, scene, around, error, PACKAGE) > 100
