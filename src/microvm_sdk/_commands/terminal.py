"""What a command prints, and what ends it."""

import json
import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn, TextIO

from pydantic import BaseModel

from microvm_sdk._printable import printable

# Like Ctrl-C: CI and containers stop a program by SIGTERM, a closed terminal by SIGHUP.
_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


def print_result(text: str) -> None:
    """Print a result on standard output.

    Args:
        text: The text. Control characters, line breaks aside, are printed escaped.

    Raises:
        OSError: It cannot be written. A pipe that is closed is not an error.
    """
    _write(sys.stdout, text)


def print_json(value: Any) -> None:
    """Print a result on standard output as JSON, in ASCII characters only."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    print_result(json.dumps(value, indent=2))


def report(text: object) -> None:
    """Print progress or an error on standard error. A failure to print it is not an error."""
    with suppress(OSError, ValueError):
        _write(sys.stderr, str(text))


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # A program without a terminal.
        return
    shown = "\n".join(map(printable, text.split("\n")))
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(shown.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        # Python would report it once more when it flushes the stream at its end.
        _discard(stream)


def _discard(stream: TextIO) -> None:
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


@contextmanager
def interruptible() -> Generator[None, None, None]:
    """Raise `KeyboardInterrupt` for Ctrl-C, SIGTERM and SIGHUP in the block.

    A signal that the caller of the program has set to be ignored stays ignored.
    """
    previous: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            # `None`: not set by Python, and so not known.
            if handler not in (signal.SIG_IGN, None):
                previous[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
