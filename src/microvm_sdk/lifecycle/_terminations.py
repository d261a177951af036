"""Terminating many MicroVMs: which call to make next, and what each response means. No I/O.

`Terminations.steps` is a generator of calls and pauses, like that of a waiter; `terminate_all`
carries them out.
"""

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.exceptions import HTTPClientError

from microvm_sdk._arguments import check_microvm_id, refuse
from microvm_sdk._notes import add_note
from microvm_sdk._waits.pace import Pace
from microvm_sdk._waits.steps import Call, Finished, Pause, Report, Steps
from microvm_sdk.exceptions import (
    ErrorKind,
    ResponseValidationError,
    ServiceError,
    WaiterError,
)
from microvm_sdk.lifecycle._launch import FAILURES, has_ended
from microvm_sdk.models import Microvm, MicrovmState, MicrovmSummary
from microvm_sdk.models._machinery.results import Result

_TEMPORARY = {ErrorKind.BUSY, ErrorKind.SERVER}


def check_microvms(microvms: object, *, is_async: bool) -> None:
    """Refuse what is not an iterable of MicroVMs.

    Args:
        microvms: What was passed.
        is_async: Whether an asynchronous iterable is accepted, too.

    Raises:
        TypeError: It is a single MicroVM, or something else.
    """
    expected = "an iterable of MicroVMs or their ids"
    if isinstance(microvms, (str, Microvm, MicrovmSummary)):
        refuse("microvms", expected, microvms, "pass [microvm]")
    if isinstance(microvms, AsyncIterable):
        if not is_async:
            refuse("microvms", expected, microvms, "pass it to async_terminate_all")
    elif not isinstance(microvms, Iterable) or isinstance(microvms, (bytes, Mapping)):
        refuse("microvms", expected, microvms)


class Terminations:
    """The MicroVMs to terminate, and how far that has come."""

    def __init__(
        self, name: str, microvms: Iterable[Microvm | MicrovmSummary | str], pace: Pace
    ) -> None:
        """Take the MicroVMs. Those that are `TERMINATED` need no call.

        Args:
            name: The function that terminates them.
            microvms: The MicroVMs, of which each counts once.
            pace: When to call again, and when to give up.

        Raises:
            TypeError: An item is not a MicroVM.
        """
        self._name = name
        self._pace = pace
        self._states: dict[str, str] = {}
        for index, microvm in enumerate(microvms):
            if isinstance(microvm, (Microvm, MicrovmSummary)):
                self._states[microvm.microvm_id] = microvm.state
            else:
                check_microvm_id(f"microvms[{index}]", microvm)
                self._states.setdefault(microvm, "")
        self._left = [
            microvm_id
            for microvm_id, state in self._states.items()
            if state != MicrovmState.TERMINATED
        ]
        self._terminating: set[str] = set()
        self._errors: dict[str, Exception] = {}
        self._last_result: Microvm | None = None
        self._last_error: Exception | None = None

    def steps(self) -> Steps:
        """Decide what to do next, without doing it.

        Yields:
            Steps. The caller carries each out, sends the result of a `Call` back or throws its
            error in, and stops after `Finished`. A `Report` has the id of a MicroVM that has ended.

        Raises:
            WaiterError: Timed out.
            Exception: Some could not be terminated, and all others were.
        """
        for microvm_id in self._states:
            if microvm_id not in self._left:
                yield Report(microvm_id)
        # The first round terminates, the next ones read. A call that failed is made once a round.
        yield from self._round()
        while self._left:
            yield from self._round()
            if self._left:
                yield from self._pause()
        for error in self._errors.values():
            raise error
        yield Finished(tuple(self._states))

    def add_note(self, error: BaseException) -> None:
        """Name those that may still run in an exception that ends the job."""
        unconfirmed = [*self._errors, *self._left]
        if unconfirmed and not isinstance(error, WaiterError):
            add_note(error, f"These MicroVMs may still be running: {', '.join(unconfirmed)}.")

    def _round(self) -> Steps:
        for microvm_id in tuple(self._left):
            has_called = False
            while not has_called:
                has_called = yield from self._call(microvm_id)

    def _call(self, microvm_id: str) -> Any:
        """Make a MicroVM's next call; the generator returns `False` if it was throttled."""
        parameters = {"microvmIdentifier": microvm_id}
        must_terminate = microvm_id not in self._terminating
        try:
            if must_terminate:
                result = yield Call(Result, "terminate_microvm", parameters)
            else:
                result = yield Call(Microvm, "get_microvm", parameters)
        except FAILURES as error:
            self._last_error = error
            if isinstance(error, ServiceError) and error.kind is ErrorKind.THROTTLED:
                yield from self._pause(at_least=error.retry_after_seconds or 0)
                return False
            if isinstance(error, ServiceError) and has_ended(error):
                yield from self._end(microvm_id)
            elif not _is_temporary(error):
                self._left.remove(microvm_id)
                self._errors[microvm_id] = error
            elif _is_unanswered(error) and self._pace.elapsed > self._pace.timeout:
                # Without a network, each of the remaining calls may take minutes.
                raise self._timeout() from error
        else:
            if must_terminate:
                self._terminating.add(microvm_id)
            else:
                self._last_result = result
                if result.state == MicrovmState.TERMINATED:
                    yield from self._end(microvm_id)
        return True

    def _end(self, microvm_id: str) -> Steps:
        self._left.remove(microvm_id)
        yield Report(microvm_id)

    def _pause(self, *, at_least: float = 0) -> Steps:
        seconds = self._pace.next_pause(at_least=at_least)
        if seconds is None:
            raise self._timeout() from self._last_error
        yield Pause(seconds)

    def _timeout(self) -> WaiterError:
        unconfirmed = [*self._errors, *self._left]
        reason = (
            f"{self._pace.timeout_reason}; {len(unconfirmed)} of {len(self._states)} "
            "MicroVMs may still be running"
        )
        if self._last_error is not None:
            reason += f"; last error: {self._last_error}"
        return WaiterError(
            self._name,
            reason,
            identifier=", ".join(unconfirmed),
            last_result=self._last_result,
            timed_out=True,
        )


def _is_temporary(error: Exception) -> bool:
    """Return whether the call may succeed later. Both calls can be repeated."""
    if isinstance(error, ServiceError):
        return error.kind in _TEMPORARY
    return _is_unanswered(error) or isinstance(error, ResponseValidationError)


def _is_unanswered(error: Exception) -> bool:
    return isinstance(error, (HTTPClientError, NoConnectionError))
