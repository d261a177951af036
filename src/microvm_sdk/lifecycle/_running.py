"""MicroVMs that run as long as a block of code."""

from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager, suppress
from uuid import uuid4

from pydantic import SecretStr
from typing_extensions import Required, TypedDict, Unpack

from microvm_sdk.async_client import AsyncMicroVMClient
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ResourceNotFoundException, ResponseValidationError
from microvm_sdk.models import IdlePolicy, Logging, Microvm


class RunSettings(TypedDict, total=False, closed=True):
    """The parameters of `run_microvm`, `client_token` aside, which `running` chooses itself.

    `None` means that the parameter is omitted.
    """

    image_identifier: Required[str]
    """ARN of the image, 1 to 256 characters."""
    image_version: str | None
    """Number of the version to start from; the newest active one if omitted."""
    ingress_network_connectors: Iterable[str] | None
    """ARNs of the network connectors for incoming traffic."""
    egress_network_connectors: Iterable[str] | None
    """ARNs of the network connectors for outgoing traffic."""
    execution_role_arn: str | None
    """ARN of the IAM role of the software in the MicroVM."""
    idle_policy: IdlePolicy | None
    """What happens when the MicroVM gets no traffic."""
    logging: Logging | None
    """Where logs go."""
    kms_key_identifier: str | None
    """ARN of the KMS key or alias that encrypts the MicroVM's configuration at rest.

    Requires botocore 1.44.8.
    """
    run_hook_payload: str | SecretStr | None
    """Text that is passed to the run hook: at most 4,096 bytes."""
    maximum_duration_in_seconds: int | None
    """Maximum lifetime of the MicroVM, in seconds: 1 to 28,800, which is also the default."""


@contextmanager
def running(
    client: MicroVMClient,
    *,
    ready_timeout: float = 180,
    poll_interval: float = 1,
    **settings: Unpack[RunSettings],
) -> Generator[Microvm, None, None]:
    """Run a MicroVM while a block of code runs, and terminate it at the end.

    It is terminated however the block ends, and also when it never becomes `RUNNING` or Ctrl-C
    interrupts the start. A process that is killed cannot terminate anything: set
    `maximum_duration_in_seconds`, or the MicroVM may run, and be billed, for up to eight hours.

    Running is not ready: `wait_until_responding` waits for the software in the MicroVM.

    Args:
        client: The client.
        ready_timeout: How long to wait until the MicroVM is running, in seconds: 0 or more.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        **settings: The parameters of `run_microvm`; the client token is chosen here.

    Yields:
        The MicroVM, `RUNNING`.

    Raises:
        WaiterError: Timed out, or the MicroVM ended.
        ServiceError: A call failed. If it is the one that terminates the MicroVM and the block
            raised an error of its own, it becomes a note on that one.
    """
    token = str(uuid4())
    try:
        microvm = client.run_microvm(client_token=token, **settings)
    except ResponseValidationError as error:
        identifier = _identifier(error)
        if identifier is not None:
            _terminate_after(error, client, identifier)
        raise
    except (KeyboardInterrupt, SystemExit) as error:
        # The service may have started it. With the same token it returns the same MicroVM again.
        try:
            identifier = client.run_microvm(client_token=token, **settings).microvm_id
        except Exception as problem:  # noqa: BLE001  Whatever it is, it must not hide the interrupt.
            _add_note(error, None, problem)
        else:
            _terminate_after(error, client, identifier)
        raise
    try:
        yield client.wait_until_microvm_running(
            microvm_identifier=microvm.microvm_id,
            timeout=ready_timeout,
            poll_interval=poll_interval,
        )
    except BaseException as error:
        _terminate_after(error, client, microvm.microvm_id)
        raise
    _terminate(client, microvm.microvm_id)


def _terminate(client: MicroVMClient, identifier: str) -> None:
    try:
        client.terminate_microvm(microvm_identifier=identifier)
    except ResourceNotFoundException:
        return


def _terminate_after(error: BaseException, client: MicroVMClient, identifier: str) -> None:
    try:
        _terminate(client, identifier)
    except Exception as problem:  # noqa: BLE001  Whatever it is, it must not hide the block's own error.
        _add_note(error, identifier, problem)


@asynccontextmanager
async def async_running(
    client: AsyncMicroVMClient,
    *,
    ready_timeout: float = 180,
    poll_interval: float = 1,
    **settings: Unpack[RunSettings],
) -> AsyncGenerator[Microvm, None]:
    """Run a MicroVM while a block of code runs, and terminate it at the end, in asyncio.

    Otherwise as `running`. A task that is cancelled while the MicroVM is being started waits for
    the response, because only it names the MicroVM to terminate.

    Args:
        client: The client.
        ready_timeout: How long to wait until the MicroVM is running, in seconds: 0 or more.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        **settings: The parameters of `run_microvm`; the client token is chosen here.

    Yields:
        The MicroVM, `RUNNING`.

    Raises:
        WaiterError: Timed out, or the MicroVM ended.
        ServiceError: A call failed. If it is the one that terminates the MicroVM and the block
            raised an error of its own, it becomes a note on that one.
    """
    import asyncio  # noqa: PLC0415  Programs without asyncio do not pay for the import.

    start = asyncio.ensure_future(client.run_microvm(client_token=str(uuid4()), **settings))
    try:
        microvm = await asyncio.shield(start)
    except ResponseValidationError as error:
        identifier = _identifier(error)
        if identifier is not None:
            await _terminate_after_async(error, client, identifier)
        raise
    except asyncio.CancelledError as error:
        while not start.done():
            # Another cancellation must not end this wait, nor the call.
            with suppress(asyncio.CancelledError):
                await asyncio.wait([start])
        if not start.cancelled() and start.exception() is None:
            await _terminate_after_async(error, client, start.result().microvm_id)
        raise
    try:
        yield await client.wait_until_microvm_running(
            microvm_identifier=microvm.microvm_id,
            timeout=ready_timeout,
            poll_interval=poll_interval,
        )
    except BaseException as error:
        await _terminate_after_async(error, client, microvm.microvm_id)
        raise
    await _terminate_async(client, microvm.microvm_id)


async def _terminate_async(client: AsyncMicroVMClient, identifier: str) -> None:
    try:
        await client.terminate_microvm(microvm_identifier=identifier)
    except ResourceNotFoundException:
        return


async def _terminate_after_async(
    error: BaseException, client: AsyncMicroVMClient, identifier: str
) -> None:
    try:
        await _terminate_async(client, identifier)
    except Exception as problem:  # noqa: BLE001  Whatever it is, it must not hide the block's own error.
        _add_note(error, identifier, problem)


def _identifier(error: ResponseValidationError) -> str | None:
    """Return the id of a MicroVM that was started, though the response is not valid."""
    identifier = error.response.get("microvmId")
    return identifier if isinstance(identifier, str) and identifier else None


def _add_note(error: BaseException, identifier: str | None, problem: Exception) -> None:
    """Add to an error that a MicroVM may still be running; `None` if its identifier is unknown."""
    reason = f"{type(problem).__name__}: {problem}"
    note = f"The MicroVM {identifier} could not be terminated and may still be running: {reason}"
    if identifier is None:
        note = f"A MicroVM may have been started and may still be running: {reason}"
    # Python 3.11 has `add_note`, which does the same.
    notes = getattr(error, "__notes__", [])
    error.__notes__ = [*notes, note]
