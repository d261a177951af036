"""Tracebacks that show no secret.

pytest shows, by default, the arguments of the first and the last frame of each traceback, and with
`--showlocals` the variables of all. Requests and responses have secrets. So there are two rules for
everything that an error passes through on its way to the program:

- No variable has the content of a response, other than inside an object whose `repr` hides it.
  `microvm_sdk._calls.responses.read`, which raises the errors of calls, has no other.
- The last frame has no parameter of a request. Where a library would be the last, and was given
  some, the traceback is dropped: here, or by `error.with_traceback(None)`.
"""

from typing import TypeVar

ErrorT = TypeVar("ErrorT", bound=BaseException)


def without_tracebacks(error: ErrorT) -> ErrorT:
    """Drop the tracebacks of an error and of its causes.

    Args:
        error: The error, raised by a library that was given a secret in plain text.

    Returns:
        The same error, to be raised again.
    """
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
