"""Tracebacks that show no secret.

By default, pytest shows the arguments of the first and the last frame of each traceback; with
`--showlocals`, it shows the variables of all frames. Requests and responses contain secrets. So two
rules apply to every frame that an error passes on its way to the program:

- No variable has the content of a response, other than inside an object whose `repr` hides it.
  `microvm_sdk._calls.responses.read`, which raises the errors of calls, follows this rule.
- The last frame has no parameter of a request. If the last frame would be a library's that has one,
  the traceback is dropped: by the function below, or by `error.with_traceback(None)`.
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
