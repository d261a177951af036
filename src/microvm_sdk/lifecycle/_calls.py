"""The calls that start and terminate a MicroVM. They block; asyncio makes them in threads.

`run` starts it, and `terminate` terminates it. Both record in the `Launch` what they learn, even if
an exception ends them at any point.
"""

from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ResponseValidationError, ServiceError
from microvm_sdk.lifecycle._launch import FAILURES, Launch, has_ended, microvm_id_in
from microvm_sdk.models import Microvm


def run(client: MicroVMClient, launch: Launch) -> str:
    """Start a MicroVM.

    Args:
        client: The client.
        launch: What to start, and what is known about it.

    Returns:
        The MicroVM's id.

    Raises:
        Exception: Whatever the call raises.
    """
    launch.may_run = True
    try:
        microvm = launch.sending.observe(lambda: _send(client, launch))
        launch.microvm_id = microvm.microvm_id
    except BaseException as error:
        launch.record_failure(error)
        raise
    return launch.microvm_id


def terminate(client: MicroVMClient, launch: Launch, error: BaseException | None) -> None:
    """Terminate the MicroVM that was started, if there may be one.

    This takes at most two calls: if no response has named the MicroVM, the request to start it is
    first sent once more with the same client token. The service returns the original response, or
    starts the MicroVM that is then terminated. If an exception that is not a failure of a call
    interrupts them, both are made once more.

    Args:
        client: The client.
        launch: What is known about the MicroVM.
        error: What ended the start or the block; `None` if the block succeeded. A failure to
            terminate becomes a note on it.

    Raises:
        Exception: A call failed, and there is no error to add a note to; or an exception such as
            one that a signal handler raises interrupted the calls.
    """
    try:
        _terminate(client, launch)
    except FAILURES as problem:
        if error is None:
            launch.add_note(problem)  # At once, because the caller's handler may be interrupted.
            raise
        launch.add_note(error, problem)
    except BaseException as interruption:
        try:
            _terminate(client, launch)
        except FAILURES as problem:
            launch.add_note(interruption, problem)
        raise


def _terminate(client: MicroVMClient, launch: Launch) -> None:
    if not launch.may_run:
        return
    if launch.microvm_id is None:
        try:
            launch.microvm_id = _send(client, launch).microvm_id
        except ResponseValidationError as error:
            launch.microvm_id = microvm_id_in(error)
            if launch.microvm_id is None:
                raise
    try:
        client.terminate_microvm(microvm_identifier=launch.microvm_id)
    except ServiceError as error:
        if not has_ended(error):
            raise
    launch.may_run = False


def _send(client: MicroVMClient, launch: Launch) -> Microvm:
    return client.run_microvm(client_token=launch.client_token, **launch.settings)
