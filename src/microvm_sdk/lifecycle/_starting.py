"""Starting a MicroVM, and running one for a block of code.

An exception can arrive between any two instructions, for example from a signal handler. So a start
has two handlers, one inside the other. The inner one terminates the MicroVM, and may be interrupted
itself; the outer one makes no call, and names the MicroVM in the exception that the caller gets. If
another exception arrives even there, the first one is its `__context__`, with its note.
"""

from types import TracebackType

from typing_extensions import Unpack

from microvm_sdk._arguments import check_client
from microvm_sdk.client import MicroVMClient
from microvm_sdk.lifecycle._calls import run, terminate
from microvm_sdk.lifecycle._launch import Block, Launch
from microvm_sdk.lifecycle._run_settings import RunSettings
from microvm_sdk.models import Microvm


def start(
    client: MicroVMClient,
    *,
    ready_timeout: float = 180,
    poll_interval: float = 1,
    client_token: str | None = None,
    **settings: Unpack[RunSettings],
) -> Microvm:
    """Run a MicroVM, and wait until it is `RUNNING`. It is terminated on failure only.

    Whatever exception ends the start (an error, a timeout, Ctrl-C, one that a signal handler
    raises), the MicroVM is terminated, or the exception has a note (`__notes__`) that names its id
    or the client token. If the response to `RunMicrovm` was lost, the request is sent once more
    with the same client token, to learn the id. That takes at most these two calls and the client's
    own timeouts.

    A process that is killed terminates nothing: set `maximum_duration_in_seconds`, or the MicroVM
    may run, and be billed, for up to eight hours. To find it afterwards, record a `client_token`
    and pass it.

    Running is not ready: `wait_until_responding` waits for the software in the MicroVM.

    Args:
        client: The client.
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
    check_client(client)
    launch = Launch.prepare(settings, client_token, ready_timeout, poll_interval)
    return _start(client, launch)


class running(Block):  # noqa: N801  It is used like a function.
    """Run a MicroVM while a block of code runs, and terminate it at the end.

        with running(client, image_identifier=image) as microvm:
            ...

    It starts as `start` does, with the same arguments and errors, and is terminated however the
    block ends. If that fails after a block that succeeded, the error is raised; if the block raised
    an exception, the error becomes a note on it.
    """

    def __init__(
        self,
        client: MicroVMClient,
        *,
        ready_timeout: float = 180,
        poll_interval: float = 1,
        client_token: str | None = None,
        **settings: Unpack[RunSettings],
    ) -> None:
        """Prepare the start, which entering the block makes.

        Args:
            client: The client.
            ready_timeout: How long to wait until the MicroVM is running, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            client_token: The client token of `run_microvm`, 1 to 128 characters; random if omitted.
            **settings: The other parameters of `run_microvm`.

        Raises:
            TypeError: An argument has the wrong type, is missing or is unknown.
            ValueError: A number is out of range.
        """
        check_client(client)
        self._client = client
        self._launch = Launch.prepare(settings, client_token, ready_timeout, poll_interval)

    def __enter__(self) -> Microvm:
        """Start the MicroVM.

        Returns:
            The MicroVM, `RUNNING`.

        Raises:
            WaiterError: Timed out, or the MicroVM ended.
            ServiceError: A call failed.
            RuntimeError: The block was entered before.
        """
        self._launch.use_once()
        return _start(self._client, self._launch)

    def __exit__(
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
            terminate(self._client, self._launch, exc_value)
        except BaseException as error:
            self._launch.add_note(error)
            raise


def _start(client: MicroVMClient, launch: Launch) -> Microvm:
    try:
        try:
            return client.wait_until_microvm_running(
                microvm_identifier=run(client, launch),
                timeout=launch.ready_timeout,
                poll_interval=launch.poll_interval,
            )
        except BaseException as error:
            terminate(client, launch, error)
            raise
    except BaseException as error:
        launch.add_note(error)
        raise
