"""Starting a MicroVM, and running one for a block of code, in asyncio.

The calls that start and terminate it run in threads, and each is awaited until it has returned,
however often the task is cancelled; the cancellation is raised after that. Only the polls between
these calls end at once. The two handlers, one inside the other, are those of `start`.
"""

from types import TracebackType

from typing_extensions import Unpack

from microvm_sdk._arguments import check_async_client
from microvm_sdk._async.calls import threads_of
from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.lifecycle._calls import run, terminate
from microvm_sdk.lifecycle._launch import FAILURES, Block, Launch
from microvm_sdk.lifecycle._run_settings import RunSettings
from microvm_sdk.models import Microvm


async def async_start(
    client: AsyncMicroVMClient,
    *,
    ready_timeout: float = 180,
    poll_interval: float = 1,
    client_token: str | None = None,
    **settings: Unpack[RunSettings],
) -> Microvm:
    """Run a MicroVM, and wait until it is `RUNNING`, in asyncio; otherwise as `start`.

    A task that is cancelled after the request was sent ends only when the response has arrived and
    the MicroVM is terminated, because only the response names it. That holds however often the task
    is cancelled, in an anyio task group, and when `asyncio.run` ends. An event loop that is closed
    without cancelling its tasks terminates nothing.

    Args:
        client: The client. Starting occupies one of its slots, terminating does not.
        ready_timeout: How long to wait until the MicroVM is running, in seconds: 0 or more.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        client_token: The client token of `run_microvm`, 1 to 128 characters; random if omitted.
        **settings: The other parameters of `run_microvm`.

    Returns:
        The MicroVM, `RUNNING`.

    Raises:
        WaiterError: Timed out, or the MicroVM ended.
        ServiceError: A call failed.
        TypeError: An argument has the wrong type, is missing or is unknown.
        ValueError: A number is out of range.

    Source: `RunMicrovm`, `GetMicrovm` and `TerminateMicrovm` in the AWS API reference.
    """
    check_async_client(client)
    launch = Launch.prepare(settings, client_token, ready_timeout, poll_interval)
    return await _start(client, launch)


class async_running(Block):  # noqa: N801  It is used like a function.
    """Run a MicroVM while a block of code runs, and terminate it at the end, in asyncio.

        async with async_running(client, image_identifier=image) as microvm:
            ...

    Otherwise as `running`; `async_start` describes what a cancellation does.
    """

    def __init__(
        self,
        client: AsyncMicroVMClient,
        *,
        ready_timeout: float = 180,
        poll_interval: float = 1,
        client_token: str | None = None,
        **settings: Unpack[RunSettings],
    ) -> None:
        """Prepare the start, which entering the block makes.

        Args:
            client: The client. Starting occupies one of its slots, terminating does not.
            ready_timeout: How long to wait until the MicroVM is running, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            client_token: The client token of `run_microvm`, 1 to 128 characters; random if omitted.
            **settings: The other parameters of `run_microvm`.

        Raises:
            TypeError: An argument has the wrong type, is missing or is unknown.
            ValueError: A number is out of range.
        """
        check_async_client(client)
        self._client = client
        self._launch = Launch.prepare(settings, client_token, ready_timeout, poll_interval)

    async def __aenter__(self) -> Microvm:
        """Start the MicroVM.

        Returns:
            The MicroVM, `RUNNING`.

        Raises:
            WaiterError: Timed out, or the MicroVM ended.
            ServiceError: A call failed.
            RuntimeError: The block was entered before.
        """
        self._launch.use_once()
        return await _start(self._client, self._launch)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Terminate the MicroVM.

        Raises:
            ServiceError: It could not be terminated, and the block raised no exception.
        """
        try:
            await _end_block(self._client, self._launch, exc_value)
        except BaseException as error:
            self._launch.add_note(error)
            raise


async def _start(client: AsyncMicroVMClient, launch: Launch) -> Microvm:
    threads = threads_of(client)
    try:
        try:
            async with threads.slot():
                # From here on the request may be sent, even if an exception ends the `await`.
                launch.may_run = True
                microvm_id = await threads.complete(run, client.sync_client, launch)
            return await client.wait_until_microvm_running(
                microvm_identifier=microvm_id,
                timeout=launch.ready_timeout,
                poll_interval=launch.poll_interval,
            )
        except BaseException as error:
            await _terminate(client, launch, error)
            raise
    except BaseException as error:
        launch.add_note(error)
        raise


async def _end_block(
    client: AsyncMicroVMClient, launch: Launch, block_error: BaseException | None
) -> None:
    try:
        await threads_of(client).complete(terminate, client.sync_client, launch, block_error)
    except FAILURES:
        raise  # It could not be terminated.
    except BaseException as error:
        # The thread may not have begun yet.
        await _terminate(client, launch, error)
        raise


async def _terminate(client: AsyncMicroVMClient, launch: Launch, error: BaseException) -> None:
    """Terminate the MicroVM that was started, if there may be one."""
    if not launch.may_run:
        return
    threads = threads_of(client)
    if isinstance(error, GeneratorExit):
        # The coroutine is being closed, and cannot await anything any more.
        threads.start(terminate, client.sync_client, launch, error)
    else:
        await threads.complete(terminate, client.sync_client, launch, error)
