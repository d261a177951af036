"""Terminating many MicroVMs, in asyncio."""

from collections.abc import AsyncIterable, Callable, Iterable

from microvm_sdk._arguments import check_async_client
from microvm_sdk._waits.pace import Pace
from microvm_sdk._waits.waiters import carry_out_async
from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.lifecycle._terminations import Terminations, check_microvms
from microvm_sdk.models import Microvm, MicrovmSummary


async def async_terminate_all(
    client: AsyncMicroVMClient,
    microvms: Iterable[Microvm | MicrovmSummary | str]
    | AsyncIterable[Microvm | MicrovmSummary | str],
    *,
    timeout: float = 900,
    poll_interval: float = 1,
    on_terminated: Callable[[str], object] | None = None,
) -> tuple[str, ...]:
    """Terminate exactly these MicroVMs, in asyncio; otherwise as `terminate_all`.

    Args:
        client: The client.
        microvms: The MicroVMs, or their ids. It may be an asynchronous iterable, such as a listing.
        timeout: How long to terminate and wait, in seconds: 0 or more.
        poll_interval: Longest pause between two rounds of polls, in seconds: more than 0.
        on_terminated: Called with the id of each MicroVM that has ended; may be a coroutine
            function.

    Returns:
        The ids of all of them, in the order given.

    Raises:
        WaiterError: Timed out; its `identifier` lists those that may still run.
        ServiceError: A MicroVM could not be terminated; a note lists those that may still run.
        TypeError: An argument has the wrong type.
        ValueError: A number is out of range.

    Source: `TerminateMicrovm` and `GetMicrovm` in the AWS API reference.
    """
    check_async_client(client)
    check_microvms(microvms, is_async=True)
    pace = Pace(timeout=timeout, poll_interval=poll_interval)
    if isinstance(microvms, AsyncIterable):
        microvms = [microvm async for microvm in microvms]
    job = Terminations("async_terminate_all", microvms, pace)
    try:
        terminated: tuple[str, ...] = await carry_out_async(job.steps(), client.call, on_terminated)
    except BaseException as error:
        job.add_note(error)
        raise
    return terminated
