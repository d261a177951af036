"""Errors without the frames whose arguments contain a secret, which pytest shows by default."""

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
