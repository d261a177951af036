"""Cancellation at any await of a start or an end: no MicroVM runs that nobody is told about."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
import pytest
from endings import InterruptedSteps, alive, caught, circumstances, unnamed
from local_image import LocalImage, LocalService

from microvm_sdk import AsyncMicroVMClient, Microvm, WaiterError
from microvm_sdk.lifecycle import async_running, async_start

DELAY = 0.002  # Seconds that each request takes, and each response.
SOON = 10.0

Scene = Callable[[AsyncMicroVMClient, LocalImage], Coroutine[Any, Any, object]]


@contextmanager
def slow(service: LocalService, seconds: float = DELAY) -> Iterator[None]:
    """Make requests and responses slow."""
    events = service.client.boto3_client.meta.events
    names = ("before-call.lambda-microvms", "after-call.lambda-microvms")

    def sleep(**_: Any) -> None:
        time.sleep(seconds)

    for name in names:
        events.register_first(name, sleep)
    try:
        yield
    finally:
        for name in names:
            events.unregister(name, sleep)


async def start(client: AsyncMicroVMClient, image: LocalImage) -> object:
    return await async_start(client, image_identifier=image.arn)


async def fail_to_start(client: AsyncMicroVMClient, image: LocalImage) -> object:
    image.service.controls.fail_next_microvm("run")
    return await async_start(client, image_identifier=image.arn)


async def run_a_block(client: AsyncMicroVMClient, image: LocalImage) -> object:
    async with async_running(client, image_identifier=image.arn):
        await asyncio.sleep(0)
    return None


async def drive(steps: InterruptedSteps) -> object:
    return await asyncio.get_running_loop().create_task(steps)


@pytest.mark.parametrize("around", [{}, {"lost": 1}, {"lost": 1, "denied": True}])
@pytest.mark.parametrize("times", [1, 2, 20])
@pytest.mark.parametrize("scene", [start, fail_to_start, run_a_block])
def test_cancellation_at_any_await(
    service: LocalService, image: LocalImage, scene: Scene, times: int, around: dict[str, Any]
) -> None:
    client = AsyncMicroVMClient(client=service.client)
    first = 0
    has_cancelled = True
    with slow(service):
        while has_cancelled:
            first += 1
            steps = InterruptedSteps(scene(client, image), first, times, asyncio.CancelledError)
            with circumstances(service, **around):
                raised = caught(lambda steps=steps: asyncio.run(drive(steps)))  # type: ignore[misc]
            service.controls.clear_scheduled_failures()
            has_cancelled = steps.step >= first
            if raised is None:
                has_ended = scene is run_a_block
                assert len(alive(image)) == (0 if has_ended else 1)
                unnamed(image, None)
            else:
                assert unnamed(image, raised) == set(), first
    assert first > 2


async def cancelled_after(iterations: int, call: Awaitable[object]) -> bool:
    """Cancel a task twice after iterations of the event loop; return whether it was running."""
    task = asyncio.ensure_future(call)
    for _ in range(iterations):
        await asyncio.sleep(0)
    is_running = not task.done()
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()):
        raise error
    return is_running


async def anyio_cancelled_after(iterations: int, call: Awaitable[object]) -> bool:
    """Cancel a scope of anyio's, which cancels the task until the scope is left."""

    async def cancel() -> None:
        for _ in range(iterations):
            await asyncio.sleep(0)
        scope.cancel()

    with anyio.CancelScope() as scope:
        canceller = asyncio.create_task(cancel())
        await call
    is_running = scope.cancel_called
    canceller.cancel()
    return is_running


@pytest.mark.parametrize("cancelled", [cancelled_after, anyio_cancelled_after])
@pytest.mark.parametrize("growth", [2.0, pytest.param(1.1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("scene", [fail_to_start, run_a_block])
def test_cancellation_after_any_number_of_iterations(
    service: LocalService,
    image: LocalImage,
    scene: Scene,
    growth: float,
    cancelled: Callable[..., Coroutine[Any, Any, bool]],
) -> None:
    client = AsyncMicroVMClient(client=service.client)
    iterations = 0
    is_running = True
    with slow(service):
        while is_running:
            is_running = False

            async def run(iterations: int = iterations) -> None:
                nonlocal is_running
                is_running = await cancelled(iterations, scene(client, image))

            raised = caught(lambda run=run: asyncio.run(run()))  # type: ignore[misc]
            service.controls.clear_scheduled_failures()
            assert unnamed(image, raised) == set(), iterations
            iterations = int(iterations * growth) + 1
    assert iterations > 10


@pytest.mark.parametrize("how", ["asyncio", "anyio"])
def test_wait_for_the_response_takes_no_processor_time(
    service: LocalService, image: LocalImage, how: str
) -> None:
    client = AsyncMicroVMClient(client=service.client)

    async def run() -> None:
        if how == "anyio":
            with anyio.move_on_after(0.05):
                await start(client, image)
        else:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(start(client, image), 0.05)

    asyncio.run(client.list_microvms().pages().__anext__())  # Whatever is done once.
    with slow(service, 0.3):
        began, used = time.monotonic(), time.process_time()
        asyncio.run(run())
        used = time.process_time() - used
        assert time.monotonic() - began > 1  # `RunMicrovm`, and `TerminateMicrovm`.
    assert used < 0.3
    assert alive(image) == set()


def test_forty_sandboxes_in_a_task_group_that_is_cancelled(
    service: LocalService, image: LocalImage
) -> None:
    async def run() -> None:
        async with AsyncMicroVMClient(client=service.client, max_concurrency=8) as client:
            entered = 0

            async def sandbox() -> None:
                nonlocal entered
                async with async_running(client, image_identifier=image.arn):
                    entered += 1
                    await anyio.sleep_forever()

            async with anyio.create_task_group() as group:
                for _ in range(40):
                    group.start_soon(sandbox)
                while entered < 20:  # noqa: ASYNC110  Twenty tasks count.
                    await anyio.sleep(0.001)
                group.cancel_scope.cancel()

    with slow(service):
        asyncio.run(run())
    assert alive(image) == set()


def test_termination_does_not_wait_for_a_slot(service: LocalService, image: LocalImage) -> None:
    go_on = threading.Event()
    events = service.client.boto3_client.meta.events

    def wait(**_: Any) -> None:
        go_on.wait(SOON)

    async def run() -> None:
        client = AsyncMicroVMClient(client=service.client, max_concurrency=1)
        entered = asyncio.Event()

        async def sandbox() -> None:
            async with async_running(client, image_identifier=image.arn):
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(sandbox())
        await entered.wait()
        events.register("before-call.lambda-microvms.GetMicrovm", wait)
        call = asyncio.create_task(client.get_microvm(microvm_identifier="microvm-1"))
        await asyncio.sleep(0.05)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, SOON)
        assert alive(image) == set()
        assert not call.done()
        go_on.set()
        await asyncio.wait([call])

    asyncio.run(run())
    events.unregister("before-call.lambda-microvms.GetMicrovm", wait)


@pytest.mark.parametrize("seconds", [0, 0.01, 0.2])
def test_end_of_the_program_while_another_task_starts(
    service: LocalService, image: LocalImage, seconds: float
) -> None:
    client = AsyncMicroVMClient(client=service.client)
    tasks = []

    async def sandbox() -> None:
        async with async_running(client, image_identifier=image.arn):
            await asyncio.Event().wait()

    async def run() -> None:
        tasks.append(asyncio.create_task(sandbox()))
        await asyncio.sleep(seconds)

    with slow(service, 0.02):
        asyncio.run(run())
    assert tasks[0].cancelled()
    assert alive(image) == set()


async def sandboxes(client: AsyncMicroVMClient, image: LocalImage) -> AsyncGenerator[Microvm, None]:
    async with async_running(client, image_identifier=image.arn) as microvm:
        yield microvm


@pytest.mark.parametrize("is_kept", [True, False])
def test_async_generator_that_is_open_when_the_loop_ends(
    service: LocalService, image: LocalImage, is_kept: bool
) -> None:
    client = AsyncMicroVMClient(client=service.client)
    kept = []
    problems: list[dict[str, Any]] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, problem: problems.append(problem)
        )
        generator = sandboxes(client, image)
        await generator.__anext__()
        if is_kept:
            kept.append(generator)

    with slow(service, 0.02):
        asyncio.run(run())
    for thread in threading.enumerate():
        if thread.name == "microvm_sdk" and not thread.daemon:
            thread.join()  # As the interpreter does when it exits.
    assert alive(image) == set()
    assert problems == []


@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize("scene", [start, fail_to_start, run_a_block])
def test_coroutine_that_is_closed_at_any_await(
    service: LocalService, image: LocalImage, scene: Scene, at: int
) -> None:
    client = AsyncMicroVMClient(client=service.client)

    async def run() -> bool:
        coroutine = scene(client, image)
        has_ended = False
        try:
            for _ in range(at):
                future = coroutine.send(None)
                if future is not None:
                    future._asyncio_future_blocking = False
                    await asyncio.wait([future])
        except StopIteration:
            has_ended = True
        except WaiterError:
            pass
        with suppress(RuntimeError):
            # It is raised if it was in the block, because the end of the block awaits something.
            coroutine.close()
        await client.close()
        return has_ended

    with slow(service, 0.01):
        has_ended = asyncio.run(run())
    assert len(alive(image)) == (has_ended and scene is start)
