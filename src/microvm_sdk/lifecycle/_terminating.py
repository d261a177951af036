"""Terminating many MicroVMs."""

from collections.abc import Callable, Iterable

from microvm_sdk._arguments import check_client
from microvm_sdk._waits.pace import Pace
from microvm_sdk._waits.waiters import carry_out
from microvm_sdk.client import MicroVMClient
from microvm_sdk.lifecycle._terminations import Terminations, check_microvms
from microvm_sdk.models import Microvm, MicrovmSummary


def terminate_all(
    client: MicroVMClient,
    microvms: Iterable[Microvm | MicrovmSummary | str],
    *,
    timeout: float = 900,
    poll_interval: float = 1,
    on_terminated: Callable[[str], object] | None = None,
) -> tuple[str, ...]:
    """Terminate exactly these MicroVMs, and wait until each is `TERMINATED`.

    It makes one call after the other. If the service throttles calls, it slows down and misses
    none, unlike a pool of threads. Calls that fail in the service or the network are repeated. A
    MicroVM that has ended already, ends in the meantime or does not exist counts as terminated. If
    one cannot be terminated, for example for lack of permission, its error is raised at the end.

    A listing can be passed as it is, such as `client.list_microvms(image_identifier=…)`. It
    contains every MicroVM of the image, including those of other programs and people.

    Args:
        client: The client.
        microvms: The MicroVMs, or their ids. None is terminated before all have been read.
        timeout: How long to terminate and wait, in seconds: 0 or more.
        poll_interval: Longest pause between two rounds of polls, in seconds: more than 0.
        on_terminated: Called with the id of each MicroVM that has ended.

    Returns:
        The ids of all of them, in the order given.

    Raises:
        WaiterError: Timed out; its `identifier` lists those that may still run.
        ServiceError: A MicroVM could not be terminated; a note lists those that may still run.
        TypeError: An argument has the wrong type.
        ValueError: A number is out of range.

    Source: `TerminateMicrovm` and `GetMicrovm` in the AWS API reference.
    """
    check_client(client)
    check_microvms(microvms, is_async=False)
    pace = Pace(timeout=timeout, poll_interval=poll_interval)
    job = Terminations("terminate_all", microvms, pace)
    try:
        terminated: tuple[str, ...] = carry_out(job.steps(), client.call, on_terminated)
    except BaseException as error:
        job.add_note(error)
        raise
    return terminated
