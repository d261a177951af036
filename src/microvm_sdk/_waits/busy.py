"""Repeating a call that the service rejects for the moment."""

from collections.abc import Callable
from typing import TypeVar

from microvm_sdk.exceptions import ErrorKind, ServiceError

ResultT = TypeVar("ResultT")

FOR_THE_MOMENT = frozenset({ErrorKind.BUSY, ErrorKind.THROTTLED})
"""The kinds of errors that end by themselves: the same call is accepted later."""


def repeat_while_busy(
    call: Callable[[], ResultT], pause: Callable[[ServiceError], object]
) -> ResultT:
    """Make a call, again and again while the resource is busy or the call is throttled.

    Args:
        call: Makes the call.
        pause: Sleeps until the next call, for at least the `retry_after_seconds` of the error that
            it is given, or raises an exception if it timed out.

    Returns:
        What the call returns.

    Raises:
        ServiceError: The service returned another error.
    """
    while True:
        try:
            return call()
        except ServiceError as error:  # noqa: PERF203  The time goes into calls and pauses.
            if error.kind not in FOR_THE_MOMENT:
                raise
            pause(error)
